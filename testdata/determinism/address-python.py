#!/usr/bin/python3
# source: id of an object, and its default name, in Python
# state: held
print(id(object()), object(), id(print))
