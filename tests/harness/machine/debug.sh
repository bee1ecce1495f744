# SPDX-License-Identifier: Apache-2.0
# What the debug kernel has to say, for the suites debug-*.  Sourced.
#
# A suite: debug_begin, whatever is to be watched, debug_end.  debug_end wants no report,
# and then mistakes of each kind reported, so that saying nothing means something.
# shellcheck shell=bash

# shellcheck source=/dev/null
. /opt/bailiwick-tests/machine/tap.sh

export BAILIWICK_PATIENCE=8

debug_trip=/opt/bailiwick-tests/debug/trip.ko
debug_leaks=/sys/kernel/debug/kmemleak
debug_mark='debug: from here on'
debug_reports='KASAN: |BUG: |BUG at |UBSAN: |WARNING: |INFO: |ODEBUG: |Oops|general protection fault'
debug_reports+='|list_(add|del) corruption|refcount_t: |possible (circular|recursive)|suspicious RCU usage'
debug_reports+='|inconsistent .*lock|bad unlock balance|sleeping function called|scheduling while atomic'
# A detector that gave up is a report as well.
debug_reports+='|new suspected memory leaks|[Kk]mem.?leak.* (disabled|disabling|empty)|kmemleak: .*(cannot|Cannot)'
debug_reports+='|turning off the locking|[Ss]tack depot reached|ODEBUG: Out of memory'

# debug_part PROGRAM [ARG]…: a suite or a test program within this one.
debug_part()
{
	echo "# $*"
	"$@" || tap_failed=1
}

# Every report in the log since debug_begin, with what belongs to each.
debug_said()
{
	if dmesg | grep -qF "$debug_mark"; then
		dmesg | awk -v mark="$debug_mark" 'found; index($0, mark) { found = 1 }' |
			grep -E -A "${1:-60}" "$debug_reports"
	else
		echo 'the log overflowed: what it said first is gone'
	fi
}

# Memory counts as lost when two looks, with time for who is just handing it on, find it so.
debug_lost()
{
	local i

	for i in 1 2; do
		echo scan >$debug_leaks
		[ "$i" -eq 2 ] || sleep 6
	done
	cat $debug_leaks
}

debug_locks()
{
	awk '$1 == "debug_locks:" && $2 == 1 { good = 1 } END { exit !good }' /proc/lockdep_stats
}

# In seconds; a test may set the clock.
debug_uptime()
{
	cut -d. -f1 /proc/uptime
}

debug_begin()
{
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	tap_result 'the kernel started without a report' "$(dmesg | grep -E -A 40 "$debug_reports" | head -n 100)"
	ok 'locks are watched' debug_locks
	ok 'memory is watched' eval "echo clear >$debug_leaks"
	debug_began=$(debug_uptime)
	echo "$debug_mark" >/dev/kmsg
}

# debug_notices WHAT PATTERN: the mistake is made, and in the log.
debug_notices()
{
	insmod $debug_trip what="$1" 2>/dev/null
	[ "$1" != leak ] || debug_lost >/tmp/lost
	output=$(debug_said 0)
	[ "$1" != leak ] || output+=$(</tmp/lost)
	says "a mistake is noticed: $1" "$2"
}

debug_end()
{
	echo "# $(($(debug_uptime) - debug_began)) s"
	debug_lost >/tmp/lost
	tap_result 'no memory is lost' "$(head -n 200 /tmp/lost)"
	ok 'locks are still watched' debug_locks
	tap_result 'the kernel has nothing to report' "$(debug_said | head -n 400)"

	dmesg --clear
	echo "$debug_mark" >/dev/kmsg
	insmod $debug_trip 2>/dev/null
	tap_result 'nothing is reported of a module without a mistake' "$(debug_said)"
	# Lockdep stops at its first report, and at the first of KASAN: these come last.
	debug_notices rcu 'suspicious RCU usage'
	debug_notices sleep 'sleeping function called from invalid context'
	debug_notices shift 'UBSAN: shift-out-of-bounds'
	debug_notices list 'list_add corruption'
	debug_notices warn 'WARNING: .*trip'
	debug_notices timer 'ODEBUG: free active'
	debug_notices leak 'unreferenced object .*size 8192'
	debug_notices lock 'possible circular locking dependency'
	debug_notices beyond 'KASAN: slab-out-of-bounds'
	debug_notices freed 'KASAN: (slab-)?use-after-free'
	tap_end
}
