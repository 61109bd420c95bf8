#!/bin/sh
# source: date
# state: held
date -u +%s.%N
