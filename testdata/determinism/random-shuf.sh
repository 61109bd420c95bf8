#!/bin/sh
# source: shuf and sort -R
# state: held
shuf -i 1-1000 | tr '\n' ' '
seq 1000 | sort -R | tr '\n' ' '
echo
