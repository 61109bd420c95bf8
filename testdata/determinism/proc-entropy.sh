#!/bin/sh
# source: other files of /proc/sys/kernel
# state: held
# control: same host: they change rarely, and a world has none of them
cat /proc/sys/kernel/pid_max /proc/sys/kernel/threads-max /proc/sys/fs/file-nr /proc/sys/vm/overcommit_memory 2>&1
echo end
