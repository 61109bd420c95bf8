#!/usr/bin/perl
# source: the start time $^T of Perl, and the age of a file relative to it
# state: open: the kernel stamps files with its own clock
open(my $f, ">", "/tmp/new") or die;
close($f);
print $^T, " ", -M "/tmp/new", "\n";
