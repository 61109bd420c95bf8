#!/usr/bin/perl
# source: the address in the name of a reference in Perl
# state: held
print {}, " ", [], " ", sub { }, "\n";
