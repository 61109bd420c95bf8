// source: getrandom of the C library
// state: held
#include <stdio.h>
#include <sys/random.h>

int main(void) {
	unsigned long long x;
	if (getrandom(&x, sizeof x, 0) != sizeof x) return 1;
	printf("%016llx\n", x);
}
