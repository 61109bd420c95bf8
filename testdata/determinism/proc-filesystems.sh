#!/bin/sh
# source: /proc/filesystems
# state: held
# control: replaced: one host has one kernel, and a world without the hold no such file
cat /proc/filesystems 2>&1 || true
