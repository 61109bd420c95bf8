#!/bin/sh
# source: /proc/stat: processor time, interrupts, the time of the start
# state: held
# control: host: a world without the hold has no such file
cat /proc/stat
