#!/bin/sh
# source: who is ended first when memory is short
# state: open: an ordinary process may raise it and never lower it
cat /proc/self/oom_score_adj
