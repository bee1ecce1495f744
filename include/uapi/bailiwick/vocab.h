/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The vocabulary, written once: names in the language, in events and in the ABI derive from it. */
#ifndef BAILIWICK_VOCAB_H
#define BAILIWICK_VOCAB_H

/*
 * Every list is X(ID, "text"[, number]).  The position in a list is ABI: it is
 * the bit number of a right, a privilege, or the value of an operation.  Add at
 * the end, never reorder, never reuse.
 */

/* File rights; bit N of an access-matrix cell is the Nth right. */
#define BAILIWICK_RIGHTS(X)                                                    \
	X(READ, "read")                                                        \
	X(WRITE, "write")                                                      \
	X(APPEND, "append")                                                    \
	X(EXEC, "exec")                                                        \
	X(MAP_EXEC, "map-exec")                                                \
	X(CREATE, "create")                                                    \
	X(DELETE, "delete")                                                    \
	X(RENAME, "rename")                                                    \
	X(LINK, "link")                                                        \
	X(SETATTR, "setattr")                                                  \
	X(XATTR, "xattr")                                                      \
	X(IOCTL, "ioctl")                                                      \
	X(LOCK, "lock")                                                        \
	X(LIST, "list")                                                        \
	X(STAT, "stat")                                                        \
	X(MOUNT, "mount")                                                      \
	X(UNIX_CONNECT, "connect")

/*
 * Network operations; bit N of a network-matrix cell is the Nth.  The address is the
 * peer's for connect, send, receive and accept, the local one for the others; the port
 * is the peer's for the first three, the local one for the others.  "serve" is to take
 * datagrams from whoever sends them to a port.
 */
#define BAILIWICK_NETWORK_OPERATIONS(X)                                        \
	X(CONNECT, "connect")                                                  \
	X(BIND, "bind")                                                        \
	X(LISTEN, "listen")                                                    \
	X(ACCEPT, "accept")                                                    \
	X(SEND, "send")                                                        \
	X(RECEIVE, "receive")                                                  \
	X(SERVE, "serve")

/*
 * What was attempted, as it stands in an event.  The file rights come first, in
 * their own order, so that operation N is right N for N < BAILIWICK_RIGHT_COUNT.
 */
#define BAILIWICK_OPERATIONS(X)                                                \
	BAILIWICK_RIGHTS(X)                                                    \
	X(NET_CONNECT, "net-connect")                                          \
	X(NET_BIND, "net-bind")                                                \
	X(NET_LISTEN, "net-listen")                                            \
	X(NET_ACCEPT, "net-accept")                                            \
	X(NET_SEND, "net-send")                                                \
	X(NET_RECEIVE, "net-receive")                                          \
	X(SOCKET, "socket")                                                    \
	X(CAPABILITY, "capability")                                            \
	X(PRIVILEGE, "privilege")                                              \
	X(TRANSITION, "transition")                                            \
	X(DESCRIPTOR, "descriptor")                                            \
	X(PTRACE, "ptrace")                                                    \
	X(SIGNAL, "signal")                                                    \
	X(LIMIT, "limit")

/* Why the kernel said no. */
#define BAILIWICK_REASONS(X)                                                   \
	X(NONE, "none")                                                        \
	X(POLICY, "policy")                   /* the row does not hold the right */ \
	X(PROTECTED, "protected-class")       /* a class closed to this subject */  \
	X(TOO_DEEP, "path-too-deep")          /* more components than are walked */ \
	X(BAD_NAME, "name-unreadable")                                         \
	X(NO_MOUNT, "no-canonical-mount")     /* no mount gives the object a path */ \
	X(UNTRUSTED, "untrusted-filesystem")  /* mounted from a user namespace */   \
	X(BUSY, "classifier-busy")            /* no scratch space for the walk */   \
	X(FAMILY, "family")                                                    \
	X(ADDRESS, "address-unreadable")                                       \
	X(NO_MEMORY, "no-task-storage")                                        \
	X(BAD_IMAGE, "image-inconsistent")                                     \
	X(OLD_DESCRIPTOR, "inherited-descriptor")                              \
	X(QUARANTINE, "quarantine")           /* a program nobody may run now */     \
	X(OTHER_NAME, "other-name")           /* another hard link of the file lacks it */ \
	X(NAMES_UNKNOWN, "names-unknown")     /* another may, and is not known */   \
	X(IN_QUARANTINE, "subject-in-quarantine") /* who asks has no rights now */

/* The organisation's three grades of a denial. */
#define BAILIWICK_SEVERITIES(X)                                                \
	X(ORDINARY, "ordinary")                                                \
	X(SERIOUS, "serious")                                                  \
	X(SPECIAL, "special")

#define BAILIWICK_VERDICTS(X)                                                  \
	X(ALLOWED, "allowed")                                                  \
	X(DENIED, "denied")                                                    \
	X(AUDITED, "audited")                                                  \
	X(LEARNED, "learned")

#define BAILIWICK_MODES(X)                                                     \
	X(ENFORCE, "enforce")                                                  \
	X(AUDIT, "audit")                                                      \
	X(LEARN, "learn")                                                      \
	X(DISABLED, "disabled")

#define BAILIWICK_GRADES(X)                                                    \
	X(PUBLIC, "public")                                                    \
	X(INTERNAL, "internal")                                                \
	X(CONFIDENTIAL, "confidential")                                        \
	X(RESTRICTED, "restricted")

/* Kernel doors that reach around any policy; bit N of a row's privileges. */
#define BAILIWICK_PRIVILEGES(X)                                                \
	X(MOUNT, "mount")                                                      \
	X(MKNOD_DEVICE, "mknod-device")                                        \
	X(RAW_DEVICE, "raw-device")                                            \
	X(KERNEL_MEMORY, "kernel-memory")                                      \
	X(MODULE, "module")                                                    \
	X(KEXEC, "kexec")                                                      \
	X(BPF, "bpf")                                                          \
	X(PERF, "perf")                                                        \
	X(PTRACE, "ptrace")                                                    \
	X(TRACE, "trace")                                                      \
	X(REBOOT, "reboot")                                                    \
	X(SYSLOG, "syslog")                                                    \
	X(SWAP, "swap")                                                        \
	X(QUOTA, "quota")                                                      \
	X(ACCT, "acct")                                                        \
	X(KEYRING, "keyring")                                                  \
	X(USERNS, "userns")                                                    \
	X(NETNS_ADMIN, "netns-admin")                                          \
	X(IOPL, "iopl")                                                        \
	X(CLOCK, "clock")                                                      \
	X(IO_URING, "io-uring")

/* Address families: X(ID, "text", AF_ number of linux/socket.h). */
#define BAILIWICK_FAMILIES(X)                                                  \
	X(UNIX, "unix", 1) X(INET, "inet", 2) X(AX25, "ax25", 3)               \
	X(IPX, "ipx", 4) X(APPLETALK, "appletalk", 5) X(NETROM, "netrom", 6)   \
	X(BRIDGE, "bridge", 7) X(ATMPVC, "atmpvc", 8) X(X25, "x25", 9)         \
	X(INET6, "inet6", 10) X(ROSE, "rose", 11) X(DECNET, "decnet", 12)      \
	X(NETBEUI, "netbeui", 13) X(SECURITY, "security", 14)                  \
	X(KEY, "key", 15) X(NETLINK, "netlink", 16) X(PACKET, "packet", 17)    \
	X(ASH, "ash", 18) X(ECONET, "econet", 19) X(ATMSVC, "atmsvc", 20)      \
	X(RDS, "rds", 21) X(SNA, "sna", 22) X(IRDA, "irda", 23)                \
	X(PPPOX, "pppox", 24) X(WANPIPE, "wanpipe", 25) X(LLC, "llc", 26)      \
	X(IB, "ib", 27) X(MPLS, "mpls", 28) X(CAN, "can", 29)                  \
	X(TIPC, "tipc", 30) X(BLUETOOTH, "bluetooth", 31) X(IUCV, "iucv", 32)  \
	X(RXRPC, "rxrpc", 33) X(ISDN, "isdn", 34) X(PHONET, "phonet", 35)      \
	X(IEEE802154, "ieee802154", 36) X(CAIF, "caif", 37) X(ALG, "alg", 38)  \
	X(NFC, "nfc", 39) X(VSOCK, "vsock", 40) X(KCM, "kcm", 41)              \
	X(QIPCRTR, "qipcrtr", 42) X(SMC, "smc", 43) X(XDP, "xdp", 44)          \
	X(MCTP, "mctp", 45)                                                    \
	X(RAW, "raw", 62)                                                      \
	X(PING, "ping", 63)

/*
 * The last two are no families of the kernel's: inet sockets that see no ports,
 * and so reach every address.  A family number is below 64.
 */
#define BAILIWICK_FAMILY_RAW 62
#define BAILIWICK_FAMILY_PING 63

/* Capabilities: X(ID, "text", number of linux/capability.h). */
#define BAILIWICK_CAPABILITIES(X)                                              \
	X(CHOWN, "chown", 0) X(DAC_OVERRIDE, "dac_override", 1)                \
	X(DAC_READ_SEARCH, "dac_read_search", 2) X(FOWNER, "fowner", 3)        \
	X(FSETID, "fsetid", 4) X(KILL, "kill", 5) X(SETGID, "setgid", 6)       \
	X(SETUID, "setuid", 7) X(SETPCAP, "setpcap", 8)                        \
	X(LINUX_IMMUTABLE, "linux_immutable", 9)                               \
	X(NET_BIND_SERVICE, "net_bind_service", 10)                            \
	X(NET_BROADCAST, "net_broadcast", 11) X(NET_ADMIN, "net_admin", 12)    \
	X(NET_RAW, "net_raw", 13) X(IPC_LOCK, "ipc_lock", 14)                  \
	X(IPC_OWNER, "ipc_owner", 15) X(SYS_MODULE, "sys_module", 16)          \
	X(SYS_RAWIO, "sys_rawio", 17) X(SYS_CHROOT, "sys_chroot", 18)          \
	X(SYS_PTRACE, "sys_ptrace", 19) X(SYS_PACCT, "sys_pacct", 20)          \
	X(SYS_ADMIN, "sys_admin", 21) X(SYS_BOOT, "sys_boot", 22)              \
	X(SYS_NICE, "sys_nice", 23) X(SYS_RESOURCE, "sys_resource", 24)        \
	X(SYS_TIME, "sys_time", 25) X(SYS_TTY_CONFIG, "sys_tty_config", 26)    \
	X(MKNOD, "mknod", 27) X(LEASE, "lease", 28)                            \
	X(AUDIT_WRITE, "audit_write", 29) X(AUDIT_CONTROL, "audit_control", 30) \
	X(SETFCAP, "setfcap", 31) X(MAC_OVERRIDE, "mac_override", 32)          \
	X(MAC_ADMIN, "mac_admin", 33) X(SYSLOG, "syslog", 34)                  \
	X(WAKE_ALARM, "wake_alarm", 35) X(BLOCK_SUSPEND, "block_suspend", 36)  \
	X(AUDIT_READ, "audit_read", 37) X(PERFMON, "perfmon", 38)              \
	X(BPF, "bpf", 39) X(CHECKPOINT_RESTORE, "checkpoint_restore", 40)

/* Kinds of subject a binding names. */
#define BAILIWICK_SUBJECTS(X)                                                  \
	X(NONE, "none")                                                        \
	X(USER, "user")                                                        \
	X(GROUP, "group")                                                      \
	X(UNIT, "unit")                                                        \
	X(EXE, "exe")                                                          \
	X(ROLE, "role")       /* a task that entered a role by exec keeps its key */ \
	X(TREE, "pid")        /* a process and all below it; of quarantines alone */

#define BAILIWICK_X_ENUM_RIGHT(id, text) BAILIWICK_RIGHT_##id##_BIT,
#define BAILIWICK_X_ENUM_NETOP(id, text) BAILIWICK_NETOP_##id##_BIT,
#define BAILIWICK_X_ENUM_OP(id, text) BAILIWICK_OP_##id,
#define BAILIWICK_X_ENUM_REASON(id, text) BAILIWICK_REASON_##id,
#define BAILIWICK_X_ENUM_SEVERITY(id, text) BAILIWICK_SEVERITY_##id,
#define BAILIWICK_X_ENUM_VERDICT(id, text) BAILIWICK_VERDICT_##id,
#define BAILIWICK_X_ENUM_MODE(id, text) BAILIWICK_MODE_##id,
#define BAILIWICK_X_ENUM_GRADE(id, text) BAILIWICK_GRADE_##id,
#define BAILIWICK_X_ENUM_PRIVILEGE(id, text) BAILIWICK_PRIVILEGE_##id##_BIT,
#define BAILIWICK_X_ENUM_SUBJECT(id, text) BAILIWICK_SUBJECT_##id,

enum { BAILIWICK_RIGHTS(BAILIWICK_X_ENUM_RIGHT) BAILIWICK_RIGHT_COUNT };
enum { BAILIWICK_NETWORK_OPERATIONS(BAILIWICK_X_ENUM_NETOP) BAILIWICK_NETOP_COUNT };
enum { BAILIWICK_OPERATIONS(BAILIWICK_X_ENUM_OP) BAILIWICK_OP_COUNT };
enum { BAILIWICK_REASONS(BAILIWICK_X_ENUM_REASON) BAILIWICK_REASON_COUNT };
enum { BAILIWICK_SEVERITIES(BAILIWICK_X_ENUM_SEVERITY) BAILIWICK_SEVERITY_COUNT };
enum { BAILIWICK_VERDICTS(BAILIWICK_X_ENUM_VERDICT) BAILIWICK_VERDICT_COUNT };
enum { BAILIWICK_MODES(BAILIWICK_X_ENUM_MODE) BAILIWICK_MODE_COUNT };
enum { BAILIWICK_GRADES(BAILIWICK_X_ENUM_GRADE) BAILIWICK_GRADE_COUNT };
enum { BAILIWICK_PRIVILEGES(BAILIWICK_X_ENUM_PRIVILEGE) BAILIWICK_PRIVILEGE_COUNT };
enum { BAILIWICK_SUBJECTS(BAILIWICK_X_ENUM_SUBJECT) BAILIWICK_SUBJECT_COUNT };

#define BAILIWICK_X_MASK_RIGHT(id, text) BAILIWICK_RIGHT_##id = 1 << BAILIWICK_RIGHT_##id##_BIT,
#define BAILIWICK_X_MASK_NETOP(id, text) BAILIWICK_NETOP_##id = 1 << BAILIWICK_NETOP_##id##_BIT,
#define BAILIWICK_X_MASK_PRIVILEGE(id, text) \
	BAILIWICK_PRIVILEGE_##id = 1 << BAILIWICK_PRIVILEGE_##id##_BIT,

enum { BAILIWICK_RIGHTS(BAILIWICK_X_MASK_RIGHT)
	BAILIWICK_RIGHTS_ALL = (1 << BAILIWICK_RIGHT_COUNT) - 1 };
enum { BAILIWICK_NETWORK_OPERATIONS(BAILIWICK_X_MASK_NETOP)
	BAILIWICK_NETOPS_ALL = (1 << BAILIWICK_NETOP_COUNT) - 1 };
enum { BAILIWICK_PRIVILEGES(BAILIWICK_X_MASK_PRIVILEGE)
	BAILIWICK_PRIVILEGES_ALL = (1 << BAILIWICK_PRIVILEGE_COUNT) - 1 };

#endif
