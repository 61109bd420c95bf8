#!/bin/sh
# source: the processes listed in /proc
# state: open: numbers of processes follow those of the threads of the world's first process
# control: host: a world has no processes but its own
ls -f /proc | grep '^[0-9]' | tr '\n' ' '
