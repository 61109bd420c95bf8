#!/bin/sh
# source: find
# state: held
# needs: directories in memory, /usr/bin/find
find /in/few /in/deep
