#!/bin/sh
# source: mktemp, started twice with the same words; the names must differ
# state: held
a=$(mktemp -u) b=$(mktemp -u)
echo "$a $b"
[ "$a" != "$b" ]
