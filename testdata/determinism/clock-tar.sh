#!/bin/sh
# source: the header that tar writes of a file that was just written
# state: open: the kernel stamps files with its own clock
echo x >/tmp/x
tar -C /tmp -c x | od -An -tx1 -j136 -N12
stat -c %y /tmp/x
