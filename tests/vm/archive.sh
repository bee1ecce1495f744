# SPDX-License-Identifier: Apache-2.0
# Debian packages, taken from whatever mirror this machine already uses.
#
# A private apt state: the machine's own package lists and sources are read to
# learn the mirror and are never changed.  Sourced after cache.sh.
# shellcheck shell=bash disable=SC2154

suite=bookworm
archive=$cache/apt

# archive_mirror PATTERN: the first repository of the machine's apt sources
# whose suite matches.  indextargets reads one-line and deb822 files alike.
archive_mirror()
{
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
		'Identifier: Packages' |
		awk -v p="$1" '$2 ~ p && !seen++ { print $1 }'
}

archive_stanza()
{
	local key=/usr/share/keyrings/debian-archive-keyring.gpg

	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$1" "$2"
	[ ! -e $key ] || printf 'Signed-By: %s\n' $key
	printf '\n'
}

archive_sources()
{
	local main security

	main=$(archive_mirror '^(bookworm|trixie|forky|stable|oldstable)$')
	security=$(archive_mirror '^[a-z]+-security$')
	[ -n "$main" ] || die "no Debian mirror among this machine's apt sources"
	archive_stanza "$main" "$suite $suite-updates $suite-backports"
	[ -z "$security" ] || archive_stanza "$security" "$suite-security"
}

archive_with()
{
	local program=$1

	shift
	"$program" -q -o Dir::State="$archive" -o Dir::Cache="$archive" \
		-o Dir::State::lists="$archive/lists" \
		-o Dir::State::status="$archive/status" \
		-o Dir::Etc::sourcelist="$archive/debian.sources" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null \
		-o Acquire::Languages=none -o Acquire::Retries=3 \
		-o APT::Sandbox::User="$(id -un)" "$@"
}

# archive_update: fetch the package lists.
archive_update()
{
	mkdir -p "$archive/lists/partial" "$archive/archives/partial"
	: >"$archive/status"
	archive_sources >"$archive/debian.sources"
	archive_with apt-get update >"$archive/log" 2>&1 || {
		cat "$archive/log" >&2
		die "the package lists cannot be fetched"
	}
	: >"$archive/updated"
}

archive_ready()
{
	[ -e "$archive/updated" ] || archive_update
}

# archive_unpack DIR PACKAGE[=VERSION]…: download and unpack, nothing installed.
archive_unpack()
{
	local dir=$1 deb

	shift
	archive_ready
	rm -rf "$archive/fetch"
	mkdir -p "$archive/fetch" "$dir"
	(cd "$archive/fetch" && archive_with apt-get download "$@") \
		>"$archive/log" 2>&1 || {
		cat "$archive/log" >&2
		rm -f "$archive/updated"	# lists may be outdated: fetch them next time
		die "cannot download $*"
	}
	for deb in "$archive"/fetch/*.deb; do
		dpkg-deb -x "$deb" "$dir"
	done
	rm -rf "$archive/fetch"
}
