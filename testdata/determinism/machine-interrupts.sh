#!/bin/sh
# source: counters of the whole machine: interrupts, disks, memory, schedulers
# state: held
# control: host: a world has no such files
cat /proc/interrupts /proc/diskstats /proc/vmstat /proc/softirqs /proc/zoneinfo /proc/pressure/cpu 2>&1
echo end
