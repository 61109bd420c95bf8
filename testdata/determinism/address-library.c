// source: the address of the C library
// state: held
#include <stdio.h>

int main(void) { printf("%p\n", (void *)printf); }
