#!/bin/sh
# source: the processes listed in /proc
# state: held
# control: host: a world has no processes but its own
ls -f /proc | grep '^[0-9]' | tr '\n' ' '
