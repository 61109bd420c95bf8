#!/bin/sh
# source: /dev/urandom by two programs of a shell; their bytes must differ
# state: held
a=$(head -c 8 /dev/urandom | od -An -tx1)
b=$(head -c 8 /dev/urandom | od -An -tx1)
echo "$a $b"
[ "$a" != "$b" ]
