#!/bin/sh
# source: places of the host in /proc/self/mounts
# state: held
cut -d ' ' -f 4 /proc/self/mountinfo
