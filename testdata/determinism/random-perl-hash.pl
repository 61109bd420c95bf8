#!/usr/bin/perl
# source: the order of a hash in Perl
# state: held
my %h = map { $_ => 1 } 1 .. 50;
print join(" ", keys %h), "\n";
