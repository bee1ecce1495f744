# SPDX-License-Identifier: Apache-2.0
# Include arrows: which room may include whom.  Prints every arrow that may not be.
#
# usage: awk -f arrows.awk FILE…     file names relative to the top of the tree

BEGIN {
	may["base"] = ""
	may["dns"] = "base"
	may["diag"] = "base"
	may["parse"] = "base diag"
	may["model"] = "base diag parse/doc.h"
	may["image"] = "base ebpf/decide.h"
	may["compile"] = "base diag model image ebpf/decide.h"
	may["load"] = "base image bailiwick.skel.h"
	may["event"] = "base image ebpf/decide.h"
	may["journal"] = "base event/event.h"
	may["metrics"] = "base"
	may["sink"] = "base event/event.h journal"
	may["state"] = "base"
	may["daemon"] = "base image load event journal metrics sink state ebpf/decide.h"
	may["ctl"] = "base dns diag parse model image compile load event journal state ebpf/decide.h"
	# Third-party libraries: one room, one file each (libbpf: two).
	only["libfyaml.h"] = "userspace/parse/"
	only["jansson.h"] = "userspace/base/"
	only["sqlite3.h"] = "userspace/state/"
	only["systemd/"] = "userspace/daemon/"
	only["netlink/"] = "userspace/load/"
	only["bpf/libbpf.h"] = "userspace/load/"
	only["bpf/bpf.h"] = "userspace/load/"
	only["seccomp.h"] = "userspace/daemon/"
	only["ares.h"] = "userspace/dns/"
	only["openssl/evp.h"] = "userspace/base/sha256.c"
	only["openssl/ssl.h"] = "userspace/sink/stream.c"
	only["openssl/cms.h"] = "userspace/image/sign.c"
	only["openssl/pem.h"] = "userspace/image/sign.c"
	only["openssl/rsa.h"] = "userspace/image/sign.c"
	only["openssl/store.h"] = "userspace/image/sign.c"
	only["openssl/err.h"] = "userspace/sink/stream.c userspace/image/sign.c"
	only["openssl/x509v3.h"] = "userspace/sink/stream.c userspace/image/sign.c"
	only["microhttpd.h"] = "userspace/metrics/main.c"
	only["nats/"] = "userspace/sink/nats.c"
	only["zstd.h"] = "userspace/journal/"
}

# Does the file stand below one of these?
function is_among(places,	n, place, i) {
	n = split(places, place, " ")
	for (i = 1; i <= n; i++)
		if (index(FILENAME, place[i]) == 1)
			return 1
	return 0
}

function bad(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; status = 1 }

/^[ \t]*#[ \t]*include[ \t]/ {
	line = $0
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", line)
	mark = substr(line, 1, 1)
	name = substr(line, 2)
	sub(/[">].*/, "", name)

	if (FILENAME ~ /^userspace\//) {
		split(FILENAME, part, "/")
		room = part[2]
		for (lib in only)
			if (index(name, lib) == 1 && !is_among(only[lib]))
				bad("only " only[lib] " may include <" name ">")
		if (mark != "\"")
			next
		if (name !~ /\//) {
			if (name ~ /skel\.h$/ && room == "load")
				next
			bad("say the room: \"" name "\"")
			next
		}
		split(name, want, "/")
		if (want[1] == room)
			next
		n = split(may[room], allowed, " ")
		for (i = 1; i <= n; i++)
			if (allowed[i] == want[1] || allowed[i] == name)
				next
		bad(room " may not include " name)
	} else if (FILENAME ~ /^kmod\//) {
		if (mark == "\"" && name ~ /^(ebpf|userspace|base|image|load)\//)
			bad("kmod shares include/uapi only, not " name)
	} else if (FILENAME ~ /^ebpf\//) {
		if (name ~ /^(kmod|userspace|base|image|load)\//)
			bad("ebpf shares include/uapi only, not " name)
		if (FILENAME ~ /decide\.h$/ && name !~ /^bailiwick\//)
			bad("decide.h is pure: only the image format")
		floor["prelude.bpf.h"] = 1; floor["maps.bpf.h"] = 2
		floor["subject.bpf.h"] = 3; floor["object.bpf.h"] = 3
		floor["emit.bpf.h"] = 4
		own = FILENAME; sub(/^ebpf\//, "", own); sub(/\.bpf\.c$/, ".bpf.h", own)
		if (own in floor && name in floor && floor[name] > floor[own])
			bad(own " stands below " name)
	} else if (FILENAME ~ /^include\/uapi\//) {
		if (mark == "\"" && name ~ /\//)
			bad("the contract includes only itself")
		if (mark == "<" && name !~ /^linux\//)
			bad("the contract includes only itself and linux/types.h")
	}
}
END { exit status }
