#!/bin/sh
# source: numbers and devices of mounts in /proc/self/mountinfo
# state: held
cut -d ' ' -f 1-5 /proc/self/mountinfo
