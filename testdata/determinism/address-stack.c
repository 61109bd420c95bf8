// source: the address of the stack
// state: held
#include <stdio.h>

int main(void) {
	int x;
	printf("%p\n", (void *)&x);
}
