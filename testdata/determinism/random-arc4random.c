// source: arc4random of the C library
// state: held
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>

int main(void) { printf("%08x %08x\n", arc4random(), arc4random()); }
