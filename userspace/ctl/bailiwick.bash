# SPDX-License-Identifier: Apache-2.0
# Completion of bailiwick for bash

_bailiwick_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# Options when one is begun, files otherwise
_bailiwick_files() {
	if [[ $2 == -* ]]; then
		_bailiwick_words "$1" "$2"
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$2")
	fi
}

_bailiwick_subject() {
	case $1 in
	user:*) mapfile -t COMPREPLY < <(compgen -u -- "${1#user:}") ;;
	group:*) mapfile -t COMPREPLY < <(compgen -g -- "${1#group:}") ;;
	exe:*) mapfile -t COMPREPLY < <(compgen -f -- "${1#exe:}") ;;
	unit:*) mapfile -t COMPREPLY < <(systemctl list-units --plain --no-legend \
			"${1#unit:}*" 2>/dev/null | cut -d' ' -f1) ;;
	*)
		compopt -o nospace
		_bailiwick_words "user: group: unit: exe: $2" "$1"
		;;
	esac
}

_bailiwick() {
	local word previous verb='' second='' i n=0 line colon
	# Colons belong to subjects: take the line apart at blanks alone.
	line=${COMP_LINE:0:COMP_POINT}
	local -a typed
	read -ra typed <<<"$line"
	[[ $line == *[[:space:]] ]] && typed+=('')
	word=${typed[-1]}
	previous=${typed[-2]-}
	for ((i = 1; i < ${#typed[@]} - 1; i++)); do
		case ${typed[i]} in
		--socket | -S | --until | -u | --policy | -p) i=$((i + 1)) ;;
		-*) ;;
		*)
			n=$((n + 1))
			[ "$n" = 1 ] && verb=${typed[i]}
			[ "$n" = 2 ] && second=${typed[i]}
			;;
		esac
	done
	COMPREPLY=()

	case $previous in
	--socket | -S | --policy | -p) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
	--severity) _bailiwick_words 'ordinary serious special' "$word"; return ;;
	--operation) _bailiwick_words 'read write append exec map-exec create delete rename link setattr xattr
		ioctl lock list stat mount connect net-connect net-bind net-listen net-accept net-send
		net-receive socket capability privilege transition descriptor ptrace signal' "$word"
		return ;;
	--kind) _bailiwick_words 'denial policy-applied policy-refused assigned revoked expired
		controller-start controller-stop lost canary module unknown access-refused taken-back
		journal host-name finding quarantined released' \
		"$word"; return ;;
	esac

	case $verb in
	'') _bailiwick_words 'status doctor policy keygen assign revoke quarantine release can events
		explain top journal help version
		--socket --help --version' "$word" ;;
	policy)
		case $second in
		'') _bailiwick_words 'check apply sign verify show log' "$word" ;;
		check) _bailiwick_files '--json --strict-users --help' "$word" ;;
		apply) _bailiwick_files '--kill --json --help' "$word" ;;
		sign) _bailiwick_files '--as --key --certificate --help' "$word" ;;
		verify) _bailiwick_files '--trusted --help' "$word" ;;
		show) _bailiwick_words '--image --json --help' "$word" ;;
		log) _bailiwick_words '--lines --json --help' "$word" ;;
		esac ;;
	journal)
		case $second in
		'') _bailiwick_words 'verify' "$word" ;;
		verify) _bailiwick_files '--head --json --help' "$word" ;;
		esac ;;
	assign | revoke)
		if [[ $word == -* ]]; then
			_bailiwick_words "$([ "$verb" = revoke ] || echo --until) --kill --json --help" "$word"
		elif [ "$n" = 1 ]; then
			_bailiwick_subject "$word" ''
		fi ;;
	quarantine | release)
		if [[ $word == -* ]]; then
			_bailiwick_words "$([ "$verb" = quarantine ] && echo --kill || echo --write --signed) --json --help" "$word"
		elif [ "$n" = 1 ]; then
			_bailiwick_subject "$word" 'pid:'
		fi ;;
	can)
		if [[ $word == -* ]]; then
			_bailiwick_words '--policy --json --help' "$word"
		elif [ "$n" = 1 ]; then
			_bailiwick_subject "$word" 'role:'
		elif [ "$n" = 2 ]; then
			_bailiwick_words 'read write append exec map-exec create delete rename link setattr
				xattr ioctl lock list stat mount connect bind capability privilege
				family' "$word"
		elif [[ $word == /* ]]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
		fi ;;
	events) _bailiwick_words '--follow --count --explain --since --until --user --host --operation --path
		--severity --role --kind --id --lines --json --help' "$word" ;;
	explain) _bailiwick_words '--json --help' "$word" ;;
	top) _bailiwick_words '--batch --delay --number --since --user --host --operation --path --severity
		--role --kind --json --help' "$word" ;;
	help) _bailiwick_words 'status doctor policy keygen assign revoke quarantine release can events
		explain top journal version' "$word" ;;
	status | doctor) _bailiwick_words '--json --help' "$word" ;;
	esac
	# bash completes what stands behind the last colon
	colon=${word%"${word##*:}"}
	[ -n "$colon" ] && [[ ${COMPREPLY[0]-} == "$colon"* ]] &&
		COMPREPLY=("${COMPREPLY[@]#"$colon"}")
}
complete -F _bailiwick bailiwick
