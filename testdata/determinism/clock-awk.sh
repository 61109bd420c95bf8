#!/bin/sh
# source: srand() of awk, seeded with the time
# state: held
# needs: /usr/bin/mawk
/usr/bin/mawk 'BEGIN { srand(); print srand(), rand() }'
