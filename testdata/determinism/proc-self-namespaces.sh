#!/bin/sh
# source: the numbers of namespaces in /proc/self/ns
# state: open: the kernel counts them up from its start
readlink /proc/self/ns/*
