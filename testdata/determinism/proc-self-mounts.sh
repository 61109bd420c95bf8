#!/bin/sh
# source: places of the host in /proc/self/mounts
# state: open: where the inputs lie on the host can be read
cut -d ' ' -f 4 /proc/self/mountinfo
