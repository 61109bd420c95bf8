#!/bin/sh
# source: a key that openssl generates
# state: held
# needs: /usr/bin/openssl
openssl genpkey -algorithm ed25519
