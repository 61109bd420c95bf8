#!/bin/sh
# source: who is ended first when memory is short
# state: held
cat /proc/self/oom_score_adj
