#!/bin/sh
# source: files of /proc/sys about limits
# state: held
# control: replaced: one host has them, and a world without the hold none
cat /proc/sys/kernel/ostype /proc/sys/kernel/osrelease /proc/sys/kernel/version /proc/sys/kernel/hostname 2>&1
echo end
