#!/bin/sh
# source: time zone and language of a date
# state: held
# control: host: a world has a constant time zone and language
date -d @0
