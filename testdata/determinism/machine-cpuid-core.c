// source: the core's number in CPUID
// state: held
// needs: x86-64, two processors, CPUID faulting
#include <cpuid.h>
#include <stdio.h>

int main(void) {
	unsigned a, b, c, d;
	__cpuid_count(1, 0, a, b, c, d);
	printf("%u ", b >> 24);
	__cpuid_count(0xb, 0, a, b, c, d);
	printf("%u\n", d);
}
