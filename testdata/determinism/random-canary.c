// source: the stack protector's canary
// state: held
// needs: x86-64
#include <stdio.h>

int main(void) {
	unsigned long long x;
	__asm__("mov %%fs:0x28, %0" : "=r"(x));
	printf("%016llx\n", x);
}
