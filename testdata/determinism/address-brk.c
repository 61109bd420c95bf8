// source: the end of the data segment
// state: held
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <unistd.h>

int main(void) { printf("%p\n", sbrk(0)); }
