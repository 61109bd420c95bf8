#!/usr/bin/python3
# source: time and datetime in Python
# state: held
import datetime
import time

print(time.time_ns(), time.time(), datetime.datetime.now(), datetime.datetime.now(datetime.timezone.utc))
