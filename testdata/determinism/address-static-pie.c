// source: addresses in a program without a dynamic linker that can be moved
// state: held
// flags: -static-pie
#include <stdio.h>
#include <stdlib.h>

int main(void) {
	int x;
	printf("%p %p %p\n", (void *)main, (void *)&x, malloc(1));
}
