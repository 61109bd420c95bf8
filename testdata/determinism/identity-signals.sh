#!/bin/sh
# source: blocked and ignored signals, terminal, descriptors
# state: held
# control: same host: a test starts both the same way
grep -E '^(SigBlk|SigIgn|SigCgt)' /proc/self/status
tty
ls /proc/self/fd
