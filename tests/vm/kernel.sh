# SPDX-License-Identifier: Apache-2.0
# The two stock Debian kernels: which release, its image, modules and headers; and
# the debug kernel, which debug-kernel makes.
#
# The release is looked up once and kept, so that a machine does not change
# under a developer; `tests/vm/image --refresh` looks it up again.
# Sourced after archive.sh.
# shellcheck shell=bash disable=SC2154

# kernel_newest KERNEL META: "RELEASE VERSION" that a meta package stands for.
kernel_newest()
{
	archive_with apt-cache show "$2" 2>/dev/null |
		awk -v k="$1." '
			/^Version: / { good = index($2, k) == 1 }
			/^Depends: linux-image-/ && good && !seen++ {
				sub(/^linux-image-/, "", $2)
				sub(/\)$/, "", $4)
				print $2, $4
			}'
}

# kernel_lookup KERNEL: sets release and version.
kernel_lookup()
{
	local kept=$cache/release-$1 found

	if [ "$1" = debug ]; then
		kept=$cache/debug-release
		[ -s "$kept" ] || die "there is no debug kernel yet: $vm_dir/debug-kernel"
		read -r release version <"$kept"
		return
	fi
	if [ ! -s "$kept" ]; then
		archive_ready
		found=$(kernel_newest "$1" linux-image-amd64)
		[ -n "$found" ] || found=$(kernel_newest "$1" "linux-image-$1-amd64")
		[ -n "$found" ] || die "no kernel $1 in this machine's Debian mirror"
		printf '%s\n' "$found" >"$kept"
	fi
	read -r release version <"$kept"
}

# kernel_payload BZIMAGE: the uncompressed ELF kernel on stdout.
#
# The x86 boot protocol says where the payload is (setup_sects at 0x1f1,
# payload_offset at 0x248, payload_length at 0x24c); the last four bytes are its
# uncompressed size and belong to no compressor.
kernel_payload()
{
	local sects offset length

	sects=$(od -An -tu1 -j $((0x1f1)) -N1 "$1")
	read -r offset length < <(od -An -tu4 -j $((0x248)) -N8 "$1")
	dd if="$1" of="$cache/payload" bs=1M iflag=skip_bytes,count_bytes \
		skip=$(((sects + 1) * 512 + offset)) count=$((length - 4)) \
		status=none
	case $(od -An -tx1 -N4 "$cache/payload" | tr -d ' ') in
	fd377a58) xz -dc <"$cache/payload" ;;
	28b52ffd) zstd -qdc <"$cache/payload" ;;
	*) die "the payload of $1 is neither xz nor zstd" ;;
	esac
	rm -f "$cache/payload"
}

# kernel_trim DIR: drop drivers of hardware that no virtual machine has; they
# are most of the bytes of the image.
kernel_trim()
{
	local part

	for part in sound drivers/{gpu,media,infiniband,staging,iio,isdn} \
		drivers/net/{ethernet,wireless}; do
		rm -rf "${1:?}/$part"
	done
}

# kernel_image KERNEL: the unpacked image package in $cache/kernel-KERNEL and
# the uncompressed ELF kernel in $cache/vmlinux-KERNEL.
kernel_image()
{
	local tree=kernel-$1 key

	kernel_lookup "$1"
	key=$(cache_key "$release" "$version" image-5)
	if ! cache_fresh "$tree" "$key" || [ ! -s "$cache/vmlinux-$1" ]; then
		say "fetching kernel $release"
		rm -rf "${cache:?}/$tree"
		archive_unpack "$cache/$tree" "linux-image-$release=$version"
		kernel_trim "$cache/$tree/lib/modules/$release/kernel"
		depmod -b "$cache/$tree" "$release"
		kernel_payload "$cache/$tree/boot/vmlinuz-$release" \
			>"$cache/vmlinux-$1"
		cache_made "$tree" "$key"
	fi
}

# kernel_kbuild: the package of the build programs that the headers of $release
# need.  Reads to the end: a reader that stops at its first match kills the
# writer with SIGPIPE, and the shell takes that for a failure.
kernel_kbuild()
{
	archive_with apt-cache show "linux-headers-$release=$version" |
		awk '/^Depends: / && match($0, /linux-kbuild-[^ ,]*/) && !seen++ {
			print substr($0, RSTART, RLENGTH)
		}'
}

# kernel_headers KERNEL: sets headers, a directory for `make -C`.
#
# The packages expect to live in /usr/src; their one absolute include is
# pointed to where they are.  The symbolic links between them are relative.  A debug
# kernel's are the tree it was compiled in.
kernel_headers()
{
	local tree=headers-$1 key kbuild

	kernel_lookup "$1"
	headers=$cache/$tree
	[ "$1" != debug ] || return 0
	headers=$cache/$tree/usr/src/linux-headers-$release
	key=$(cache_key "$release" "$version" "$cache" headers-2)
	cache_fresh "$tree" "$key" && return
	say "fetching the headers of $release"
	rm -rf "${cache:?}/$tree"
	archive_ready
	kbuild=$(kernel_kbuild)
	[ -n "$kbuild" ] || die "the headers of $release name no linux-kbuild"
	archive_unpack "$cache/$tree" "linux-headers-$release=$version" \
		"linux-headers-${release%-amd64}-common=$version" "$kbuild=$version"
	sed -i "s,/usr/src/,$cache/$tree/usr/src/,g" "$headers/Makefile"
	cache_made "$tree" "$key"
}

# kernel_types KERNEL: $cache/vmlinux-KERNEL.h, made from the BTF of the ELF.
kernel_types()
{
	local elf=$cache/vmlinux-$1 key

	kernel_image "$1"
	key=$(cache_key "$release" "$version" "$(bpftool version | sed -n 1p)")
	cache_fresh "vmlinux-$1.h" "$key" && return
	bpftool btf dump file "$elf" format c >"$elf.h.new"
	mv "$elf.h.new" "$elf.h"
	cache_made "vmlinux-$1.h" "$key"
}
