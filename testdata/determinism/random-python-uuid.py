#!/usr/bin/python3
# source: uuid1 of Python
# state: open: it draws from the number of its process, which is open
import uuid

print(uuid.uuid1())
