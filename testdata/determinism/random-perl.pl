#!/usr/bin/perl
# source: rand of Perl
# state: held
print rand(), "\n";
