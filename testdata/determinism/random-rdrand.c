// source: RDRAND
// state: open: an instruction that no kernel can take away; CPUID hides it where that can fault
// needs: x86-64
// flags: -mrdrnd
#include <cpuid.h>
#include <immintrin.h>
#include <stdio.h>

int main(void) {
	unsigned a, b, c, d;
	unsigned long long x = 0;
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_RDRND)) {
		puts("no RDRAND");
		return 0;
	}
	for (int i = 0; i < 100; i++)
		if (_rdrand64_step(&x)) {
			printf("%016llx\n", x);
			return 0;
		}
	return 1;
}
