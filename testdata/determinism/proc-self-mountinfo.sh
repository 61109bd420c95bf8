#!/bin/sh
# source: numbers and devices of mounts in /proc/self/mountinfo
# state: open: the kernel counts them up from its start
cut -d ' ' -f 1-5 /proc/self/mountinfo
