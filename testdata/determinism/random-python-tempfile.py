#!/usr/bin/python3
# source: the name that tempfile makes in Python
# state: held
import tempfile

print(tempfile.mkdtemp())
