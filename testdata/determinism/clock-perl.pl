#!/usr/bin/perl
# source: time and localtime in Perl
# state: held
print time(), " ", scalar(localtime()), " ", scalar(gmtime()), "\n";
