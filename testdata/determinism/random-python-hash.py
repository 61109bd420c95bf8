#!/usr/bin/python3
# source: hash of a text, and the order of a set, in Python
# state: held
print(hash("text"), {str(n) for n in range(50)})
