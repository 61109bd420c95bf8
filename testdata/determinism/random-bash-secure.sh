#!/bin/bash
# source: SRANDOM of bash
# state: held
echo ${SRANDOM:?} ${SRANDOM:?}
