#!/bin/sh
# source: date of three programs, the last in a background job
# state: held
date -u +%s.%N
sleep 0.05
date -u +%s.%N
(date -u +%s.%N) &
wait
