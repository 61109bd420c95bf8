#!/bin/sh
# source: nproc
# state: held
# needs: two processors
nproc
