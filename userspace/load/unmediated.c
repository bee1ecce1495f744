/* SPDX-License-Identifier: Apache-2.0 */
/* What no program is asked about on any kernel Bailiwick runs on */
#include "load/unmediated.h"

const struct unmediated unmediated[] = {
	{ "mapped-pages",
	  "Memory mapped before a right was taken away stays readable and writable." },
	{ "look-ups",
	  "Whoever may search a directory can stand in it, and learn whether a name exists." },
	{ "path-handles",
	  "A handle opened with O_PATH is given out unasked; it reads and writes nothing." },
	{ "earlier-links",
	  "A hard link made before a policy is judged by its own path, not by the file's other one." },
	{ "earlier-watches",
	  "A watch begun before a right was taken away goes on telling of names and events." },
	{ "data-under-way",
	  "What was written or sent before a right was taken away still arrives." },
	{ "batches",
	  "Of several messages in one system call only the first to an address is judged." },
	{ "kernel-helpers",
	  "Programs the kernel starts by itself do not hold the role of whoever provoked them." },
	{ "kernel-work",
	  "Kernel threads that serve a file (loop devices, an NFS server) hold no role." },
	{ "filesystem-commands",
	  "A file system's own ioctl commands reach files below the one that was judged." },
	{ "interpreted-programs",
	  "A script read by a permitted interpreter runs without the right exec." },
	{ "own-code",
	  "A process may write program code into its own memory and run it." },
	{ "datagram-senders",
	  "Who may receive on a local port receives from every sender." },
	{ "shared-ipc",
	  "System V IPC, scheduling and limits between processes of one user cross roles." },
	{ "modules",
	  "Root without a role loads modules and starts kernels, whatever is protected." },
	{ "becoming-somebody",
	  "Root without a role becomes whoever has one: by login uid, control group or program." },
	{ "idle-disks",
	  "A disk that nothing uses is open to root without a role; what it holds is not in use." },
	{ "stopped-controller",
	  "Root without a role may starve the controller: limits, priority, another control group." },
};

const size_t unmediated_count = sizeof(unmediated) / sizeof(unmediated[0]);
