#!/usr/bin/python3
# source: os.cpu_count and os.sched_getaffinity in Python
# state: held
# needs: two processors
import os

print(os.cpu_count(), os.sched_getaffinity(0))
