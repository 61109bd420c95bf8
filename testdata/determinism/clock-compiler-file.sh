#!/bin/sh
# source: __TIMESTAMP__ of the C compiler: the time of a file that was just written
# state: open: the kernel stamps files with its own clock
# needs: /usr/bin/gcc
echo __TIMESTAMP__ >/tmp/x.c
gcc -E -P /tmp/x.c
