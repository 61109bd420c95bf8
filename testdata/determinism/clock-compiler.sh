#!/bin/sh
# source: __DATE__ and __TIME__ of the C compiler
# state: held
# needs: /usr/bin/gcc
printf '__DATE__ __TIME__\n' | gcc -E -P -
