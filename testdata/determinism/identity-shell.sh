#!/bin/sh
# source: numbers of a shell and of what it starts
# state: held
# control: host: a world counts its own, also without the hold
echo $$
sh -c 'echo $$ $PPID'
true &
echo $!
wait
