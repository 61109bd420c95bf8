#!/usr/bin/perl
# source: Time::HiRes in Perl
# state: held
use Time::HiRes;
printf "%.6f\n", Time::HiRes::time();
