#!/bin/sh
# source: the processors and memory nodes in /proc/self/status
# state: open: files about a process are the kernel's own
# needs: two processors
grep _allowed /proc/self/status
