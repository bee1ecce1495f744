#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# A peer of the demo: accepts, answers "PEER NAME", logs every byte's arrival.
#
# usage: peer.pl PORT NAME LOG
use strict;
use warnings;
use IO::Socket::INET;
use IO::Select;
use Time::HiRes qw(time);

my ($port, $name, $log) = @ARGV;
$SIG{PIPE} = 'IGNORE';
open(my $out, '>>', $log) or die "$log: $!";
$out->autoflush(1);
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port,
	Listen => 16, ReuseAddr => 1) or die "port $port: $@";
my $ready = IO::Select->new($listener);
my $end = time + 600;
while (time < $end) {
	for my $socket ($ready->can_read(1)) {
		if ($socket == $listener) {
			my $client = $listener->accept or next;
			printf $out "%.3f accepted\n", time;
			syswrite $client, "peer $name\n";
			$ready->add($client);
		} elsif (sysread($socket, my $bytes, 4096)) {
			printf $out "%.3f received\n", time;
		} else {
			printf $out "%.3f closed\n", time;
			$ready->remove($socket);
			close $socket;
		}
	}
}
