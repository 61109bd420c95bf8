#!/bin/sh
# source: /sys/devices/system/node, /sys/class, /sys/kernel
# state: held
# control: host: a world has no such directories
cat /sys/devices/system/node/node0/meminfo /sys/kernel/uevent_seqnum /sys/kernel/mm/transparent_hugepage/enabled 2>&1
echo end
