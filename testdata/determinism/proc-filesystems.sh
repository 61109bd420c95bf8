#!/bin/sh
# source: /proc/filesystems
# state: held
# control: replaced: one host has one kernel
cat /proc/filesystems
