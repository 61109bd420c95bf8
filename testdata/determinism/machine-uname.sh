#!/bin/sh
# source: uname -a
# state: held
# control: replaced: one host has one kernel
uname -a
