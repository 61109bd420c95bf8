#!/usr/bin/python3
# source: random, secrets and os.urandom of Python
# state: held
import os
import random
import secrets

print(random.random(), secrets.token_hex(8), os.urandom(8).hex())
