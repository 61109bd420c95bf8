#!/usr/bin/python3
# source: uuid1 of Python
# state: held
import uuid

print(uuid.uuid1())
