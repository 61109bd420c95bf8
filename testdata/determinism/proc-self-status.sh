#!/bin/sh
# source: who a process is, in /proc/self/status (but how many signals are on their way, which is chance)
# state: held
# control: host: a world without the hold is as constant
grep -E '^(Name|Umask|Uid|Gid|Groups|SigPnd|SigBlk|SigIgn|SigCgt|Shd|Cap|NoNewPrivs)' /proc/self/status
