#!/bin/sh
# source: ls -f
# state: held
# needs: directories in memory
ls -f /in/few
