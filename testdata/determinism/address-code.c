// source: the address of the program
// state: held
// flags: -fPIE -pie
#include <stdio.h>

int main(void) { printf("%p\n", (void *)main); }
