#!/usr/bin/perl
# source: readdir in Perl
# state: held
# needs: directories in memory
opendir(my $d, "/in/few") or die;
print join(" ", readdir($d)), "\n";
