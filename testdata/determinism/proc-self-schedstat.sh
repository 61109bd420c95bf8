#!/bin/sh
# source: time that the processor took, in /proc/self/schedstat and /proc/self/sched
# state: open: files about a process are the kernel's own
cat /proc/self/schedstat /proc/self/sched 2>/dev/null
echo end
