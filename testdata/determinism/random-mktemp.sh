#!/bin/sh
# source: mktemp and mktemp -d
# state: open: the C library draws such names from CLOCK_MONOTONIC
# needs: glibc 2.36
mktemp
mktemp -d
