#!/bin/sh
# source: processors and pages by getconf
# state: held
# needs: /usr/bin/getconf
getconf _NPROCESSORS_ONLN
getconf _NPROCESSORS_CONF
getconf _PHYS_PAGES
getconf _AVPHYS_PAGES
