#!/bin/sh
# source: the order of a directory that cp made
# state: held
# needs: directories in memory
cp -r /in/few /dev/shm/copy
ls -f /dev/shm/copy
