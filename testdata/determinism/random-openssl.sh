#!/bin/sh
# source: openssl rand
# state: held
# needs: /usr/bin/openssl
openssl rand -hex 16
