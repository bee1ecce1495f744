/* SPDX-License-Identifier: Apache-2.0 */
/* What the canary attempts, hook by hook: shared by the canary program and its judge */
#ifndef BAILIWICK_LOAD_CANARY_TESTS_H
#define BAILIWICK_LOAD_CANARY_TESTS_H

/*
 * X(HOOK, OPERATION, SHARED)
 *
 * HOOK is the hook's name and the function in canary-main.c; OPERATION is what
 * the programs count the denial under.  SHARED is 1 where something else may
 * refuse before the hook is asked (a seccomp filter over the controller, a
 * noexec mount, a sysctl): a refusal that was not counted then proves nothing,
 * and the hook is listed as not self-tested.  With 0 the hook is asked first,
 * so a refusal that was not counted means that the hook does not work.
 */
#define CANARY_TESTS(X)                                                        \
	X(file_open, READ, 0)                                                  \
	X(file_permission, READ, 0)                                            \
	X(mmap_file, MAP_EXEC, 0)                                              \
	X(file_mprotect, MAP_EXEC, 1)                                          \
	X(file_ioctl, IOCTL, 0)                                                \
	X(file_ioctl_compat, IOCTL, 0)                                         \
	X(file_lock, LOCK, 0)                                                  \
	X(file_truncate, WRITE, 0)                                             \
	X(file_receive, DESCRIPTOR, 0)                                         \
	X(bprm_check_security, EXEC, 0)                                        \
	X(inode_getattr, STAT, 0)                                              \
	X(inode_create, CREATE, 0)                                             \
	X(inode_mkdir, CREATE, 0)                                              \
	X(inode_mknod, CREATE, 0)                                              \
	X(inode_symlink, CREATE, 0)                                            \
	X(inode_link, LINK, 0)                                                 \
	X(inode_unlink, DELETE, 0)                                             \
	X(inode_rmdir, DELETE, 0)                                              \
	X(inode_rename, RENAME, 0)                                             \
	X(inode_setattr, SETATTR, 0)                                           \
	X(path_truncate, WRITE, 0)                                             \
	X(inode_setxattr, XATTR, 0)                                            \
	X(inode_getxattr, XATTR, 0)                                            \
	X(inode_listxattr, XATTR, 0)                                           \
	X(inode_removexattr, XATTR, 0)                                         \
	X(inode_set_acl, XATTR, 0)                                             \
	X(inode_remove_acl, XATTR, 0)                                          \
	X(inode_readlink, READ, 0)                                             \
	X(inode_get_acl, XATTR, 0)                                             \
	X(path_notify, LIST, 0)                                                \
	X(sb_mount, PRIVILEGE, 1)                                              \
	X(socket_create, SOCKET, 0)                                            \
	X(socket_bind, NET_BIND, 0)                                            \
	X(socket_listen, NET_LISTEN, 0)                                        \
	X(socket_accept, NET_ACCEPT, 0)                                        \
	X(socket_connect, NET_CONNECT, 0)                                      \
	X(socket_sendmsg, NET_SEND, 0)                                         \
	X(socket_recvmsg, NET_RECEIVE, 0)                                      \
	X(unix_stream_connect, UNIX_CONNECT, 0)                                \
	X(unix_may_send, UNIX_CONNECT, 0)                                      \
	X(capable, CAPABILITY, 1)                                              \
	X(ptrace_access_check, PTRACE, 1)                                      \
	X(task_kill, SIGNAL, 1)                                                \
	X(task_setrlimit, LIMIT, 1)                                            \
	X(task_setscheduler, LIMIT, 1)                                         \
	X(task_setnice, LIMIT, 1)                                              \
	X(task_setioprio, LIMIT, 1)                                            \
	X(userns_create, PRIVILEGE, 1)                                         \
	X(bpf, PRIVILEGE, 1)                                                   \
	X(perf_event_open, PRIVILEGE, 1)                                       \
	X(syslog, PRIVILEGE, 1)                                                \
	X(quotactl, PRIVILEGE, 1)                                              \
	X(settime, PRIVILEGE, 1)                                               \
	X(key_alloc, PRIVILEGE, 1)                                             \
	X(inode_init_security_anon, PRIVILEGE, 1)

/* Hooks that hand rows on or keep books: a forbidden attempt does not exist. */
#define CANARY_SILENT(X)                                                       \
	X(task_alloc)                                                          \
	X(task_free)                                                           \
	X(d_instantiate)                                                       \
	X(__d_move)                                                            \
	X(bprm_creds_for_exec)                                                 \
	X(bprm_committing_creds)                                               \
	X(bprm_committed_creds)                                                \
	X(sk_free_security)                                                    \
	X(socket_post_create)

#define CANARY_X_ENUM(hook, operation, shared) CANARY_TEST_##hook,
enum { CANARY_TESTS(CANARY_X_ENUM) CANARY_TEST_COUNT };

/*
 * The canary's descriptor 0 is one end of a stream socket.  On it wait, in this
 * order, a forbidden file and two TCP sockets, each message with one byte: one
 * socket is connected, the other listens.  Then it writes lines, each answered
 * by one byte when the judge has looked at the counters:
 *	test HOOK ERRNO		what the attempt ended with, 0 when it went through
 *	twin HOOK ERRNO		what the permitted twin ended with, 0 as it should
 *	skip HOOK ERRNO		the attempt could not be prepared
 *	move - ERRNO		wants allowed/moved to become forbidden/moved
 *	done - 0
 * It runs in CANARY_DIRECTORY; what it finds there is made by canary.c.
 */
#define CANARY_SOCKET 0

#endif
