#!/bin/sh
# source: AT_RANDOM of two programs of a shell; they must differ
# state: held
# needs: /usr/bin/perl
show='use strict; my $a; open(my $f, "<:raw", "/proc/self/auxv") or die; read($f, $a, 4096);
my %v = unpack("Q<*", $a); open(my $m, "<:raw", "/proc/self/mem") or die; sysseek($m, $v{25}, 0); sysread($m, my $r, 16); print unpack("H*", $r)'
a=$(perl -e "$show") b=$(perl -e "$show")
echo "$a $b"
[ "$a" != "$b" ]
