// source: the C library's pointer guard
// state: held
// needs: x86-64
#include <stdio.h>

int main(void) {
	unsigned long long x;
	__asm__("mov %%fs:0x30, %0" : "=r"(x));
	printf("%016llx\n", x);
}
