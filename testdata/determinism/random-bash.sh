#!/bin/bash
# source: RANDOM of bash
# state: held
echo $RANDOM $RANDOM
