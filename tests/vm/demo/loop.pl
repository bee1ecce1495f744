#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# What alice leaves running: reads an open file and writes to an open connection, again and again.
#
# usage: loop.pl LOG 5<FILE 6<>CONNECTION
use strict;
use warnings;
use Time::HiRes qw(time sleep);

my ($log) = @ARGV;
$SIG{PIPE} = 'IGNORE';
open(my $out, '>>', $log) or die "$log: $!";
$out->autoflush(1);
open(my $file, '<&=', 5) or die "descriptor 5: $!";
open(my $peer, '>&=', 6) or die "descriptor 6: $!";
my $end = time + 240;
my $refused = 0;
while (time < $end) {
	sysseek $file, 0, 0;
	my $read = sysread $file, my $bytes, 64;
	my $why = $read ? 'ok' : "$!";
	printf $out "%.3f file %s\n", time, $why;
	my $sent = syswrite $peer, "tick\n";
	$why = $sent ? 'ok' : "$!";
	printf $out "%.3f peer %s\n", time, $why;
	# Told a few times, it gives up: it was not killed.
	$refused++ unless $read || $sent;
	last if $refused == 5;
	sleep 0.1;
}
