#!/usr/bin/perl
# source: the name that File::Temp makes in Perl
# state: held
use File::Temp;
print File::Temp->new->filename, "\n";
