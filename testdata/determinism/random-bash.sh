#!/bin/bash
# source: RANDOM of bash
# state: open: it draws from the number of its process, which is open
echo $RANDOM $RANDOM
