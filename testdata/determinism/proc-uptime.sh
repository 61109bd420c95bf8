#!/bin/sh
# source: /proc/uptime
# state: held
# control: host: a world without the hold has no such file
cat /proc/uptime
