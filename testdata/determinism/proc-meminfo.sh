#!/bin/sh
# source: /proc/meminfo
# state: held
# control: host: a world without the hold has no such file
cat /proc/meminfo
