# SPDX-License-Identifier: Apache-2.0
# TAP for the scripts of this folder, and a controller to test.  Sourced.
# shellcheck shell=bash

tap_number=0
tap_failed=0

# ok WHAT COMMAND…: the command must succeed; what it said is shown when not.
ok()
{
	expect 0 "$@"
}

# expect STATUS WHAT COMMAND…: the command must end with that status.  Its
# output stays in $output for a closer look.
expect()
{
	local want=$1 what=$2 status
	shift 2
	output=$("$@" 2>&1)
	status=$?
	tap_result "$what" "$([ "$status" -eq "$want" ] || echo "status $status, not $want: $*"
		[ "$status" -eq "$want" ] || printf '%s\n' "$output")"
}

# says WHAT PATTERN: the last output must match the extended regular expression.
says()
{
	if grep -qE -- "$2" <<<"$output"; then
		tap_result "$1" ''
	else
		tap_result "$1" "no '$2' in: $output"
	fi
}

# says_not WHAT PATTERN
says_not()
{
	if grep -qE -- "$2" <<<"$output"; then
		tap_result "$1" "'$2' in: $output"
	else
		tap_result "$1" ''
	fi
}

# tap_result WHAT TROUBLE: an empty trouble is success.
tap_result()
{
	tap_number=$((tap_number + 1))
	if [ -z "$2" ]; then
		echo "ok $tap_number - $1"
	else
		echo "not ok $tap_number - $1"
		sed 's/^/#   /' <<<"$2"
		tap_failed=1
	fi
}

tap_end()
{
	echo "1..$tap_number"
	exit $tap_failed
}

# until_true SECONDS COMMAND…: try every fifth of a second; a kernel that watches itself
# needs several times as long.
until_true()
{
	local tries=$(($1 * 5 * ${BAILIWICK_PATIENCE:-1}))
	shift
	while [ $tries -gt 0 ]; do
		"$@" >/dev/null 2>&1 && return 0
		tries=$((tries - 1))
		sleep 0.2
	done
	"$@"
}

controller_log=/tmp/bailiwickd.log
controller_pid=/tmp/bailiwickd.pid

# 0 a policy is enforced, 1 none is yet; anything else is trouble, or not ready.
controller_answers()
{
	bailiwick status >/dev/null 2>&1
	[ $? -le 1 ]
}

# Attaching a program has the kernel rewrite a function that others may be running.
# Real processors are told; the emulator may still run the breakpoint that stands
# there meanwhile.  So nothing else runs until it is done.
controller_start()
{
	local started

	modprobe bailiwick
	taskset -p 1 $BASHPID >/dev/null
	bailiwickd >>"$controller_log" 2>&1 </dev/null &
	echo $! >"$controller_pid"	# `ok` runs this in a subshell: a variable would be lost
	until_true 240 controller_answers	# loading takes its time without hardware help
	started=$?
	taskset -ap 0xffff "$(cat "$controller_pid")" >/dev/null 2>&1 ||
		echo '# the controller stays on one processor: a class is protected'
	taskset -p 0xffff $BASHPID >/dev/null
	return $started
}

controller_gone()
{
	! pgrep -x bailiwickd >/dev/null
}

controller_kill()
{
	kill -KILL "$(cat "$controller_pid")" 2>/dev/null
	until_true 5 controller_gone
}

# The log, for whoever reads a failure.
controller_tail()
{
	[ "$tap_failed" -eq 0 ] || tail -n "${1:-30}" "$controller_log" | sed 's/^/# bailiwickd: /'
}

# as_person LOGIN-UID COMMAND…: root, of that login.
as_person()
{
	local login=$1
	shift
	# shellcheck disable=SC2016
	bash -c 'echo "$0" >/proc/self/loginuid && exec "$@"' "$login" "$@"
}
