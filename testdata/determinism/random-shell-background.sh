#!/bin/sh
# source: /dev/urandom by four programs that run at once, with different words
# state: held
for i in 11 12 13 14; do
	head -c $i /dev/urandom >/tmp/$i &
done
wait
cat /tmp/11 /tmp/12 /tmp/13 /tmp/14 | od -An -tx1 -v
for i in 11 12 13 14; do head -c 8 /tmp/$i | od -An -tx1; done | sort | uniq -d | grep . && exit 1
exit 0
