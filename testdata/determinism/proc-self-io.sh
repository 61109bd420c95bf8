#!/bin/sh
# source: bytes that a process read, in /proc/self/io
# state: held
# control: same host: a program that does the same reads as much
cat /proc/self/io 2>&1 | grep -E 'rchar|wchar' || echo none
