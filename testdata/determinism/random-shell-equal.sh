#!/bin/sh
# source: /dev/urandom by 24 programs that run at once, with the same words; no two may get the same bytes
# state: open: which of them begins first is chance, and nothing else tells them apart
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do
	head -c 8 /dev/urandom >/tmp/$i &
done
wait
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do
	od -An -tx1 /tmp/$i
done | tee /tmp/all
[ "$(sort -u /tmp/all | wc -l)" = 24 ]
