#!/bin/sh
# source: the order of a tar archive
# state: held
# needs: directories in memory
tar -C /in -c few deep | tar -t
