#!/bin/sh
# source: who a process is, in /proc/self/status
# state: held
# control: host: a world without the hold is as constant
grep -E '^(Name|Umask|Uid|Gid|Groups|Sig|Shd|Cap|NoNewPrivs)' /proc/self/status
