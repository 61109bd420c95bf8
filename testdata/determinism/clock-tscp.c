// source: RDTSCP, the counter only
// state: open: as RDTSC
// needs: x86-64
#include <stdio.h>
#include <x86intrin.h>

int main(void) {
	unsigned aux;
	printf("%llu\n", (unsigned long long)__rdtscp(&aux));
}
