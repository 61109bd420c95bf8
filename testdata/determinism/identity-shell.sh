#!/bin/sh
# source: numbers of a shell and of what it starts
# state: open: numbers of processes follow those of the threads of the world's first process
# control: host: a world counts its own, also without the hold
echo $$
sh -c 'echo $$ $PPID'
true &
echo $!
wait
