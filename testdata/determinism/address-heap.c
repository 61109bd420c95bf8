// source: addresses that malloc returns
// state: held
#include <stdio.h>
#include <stdlib.h>

int main(void) { printf("%p %p\n", malloc(10), malloc(1 << 20)); }
