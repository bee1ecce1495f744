# SPDX-License-Identifier: Apache-2.0
# Where the test machine keeps what it made, and how its programs speak.
#
# Sourced by the programs of this folder.  Sets:
#   vm_dir   this folder
#   top      the top of the source tree
#   cache    where images, kernels and logs are kept
# shellcheck shell=bash disable=SC2034

set -euo pipefail
umask 022

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$vm_dir/../.." && pwd)
cache=${BAILIWICK_VM_CACHE:-$top/build/vm}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

# Everything the machine says itself goes to stderr: stdout is the script's.
say()
{
	printf 'vm: %s\n' "$*" >&2
}

# die [-STATUS] MESSAGE: the default status is sysexits' EX_UNAVAILABLE.
die()
{
	local status=69

	case $1 in -[0-9]*) status=${1#-}; shift ;; esac
	say "$*"
	exit "$status"
}

# One builder at a time; whoever waited finds the work done.
cache_lock()
{
	exec {cache_lock_fd}>"$cache/lock"
	if ! flock -n "$cache_lock_fd"; then
		say "waiting for another build of the test machine"
		flock "$cache_lock_fd"
	fi
}

cache_unlock()
{
	exec {cache_lock_fd}>&-
}

# cache_key FILE-OR-TEXT…: one short hash over the content of the files named
# and over the arguments that are no files.
cache_key()
{
	local what

	for what; do
		if [ -f "$what" ]; then
			cat "$what"
		else
			printf '%s\n' "$what"
		fi
	done | sha256sum | cut -c1-16
}

# cache_fresh THING KEY: was THING made from this key?
cache_fresh()
{
	[ -e "$cache/$1" ] && [ "$(cat "$cache/$1.key" 2>/dev/null)" = "$2" ]
}

# cache_made THING KEY: the last step of making THING.
cache_made()
{
	printf '%s\n' "$2" >"$cache/$1.key"
}

# need_kernel KERNEL [debug]: a stock one, or the debug kernel where that is good, too.
need_kernel()
{
	case $1 in
	6.1|6.12) ;;
	debug) [ "${2-}" = debug ] || die -64 'only a stock kernel: 6.1 or 6.12' ;;
	*) die -64 "unknown kernel '$1': 6.1 or 6.12${2:+ or $2}" ;;
	esac
}
