#!/bin/sh
# source: /sys/devices/system/cpu
# state: held
# control: same host: one host has as many; a world has what its own files say
for f in online possible present; do cat /sys/devices/system/cpu/$f 2>&1; done
ls -d /sys/devices/system/cpu/cpu[0-9]* 2>&1
echo end
