#!/usr/bin/python3
# source: os.listdir and os.walk in Python
# state: held
# needs: directories in memory
import os

print(os.listdir("/in/few"), list(os.walk("/in/deep")))
