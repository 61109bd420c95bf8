#!/usr/bin/python3
# source: uuid4 of Python
# state: held
import uuid

print(uuid.uuid4())
