// source: /dev/urandom
// state: held
#include <stdio.h>

int main(void) {
	unsigned long long x;
	FILE *f = fopen("/dev/urandom", "r");
	if (!f || fread(&x, sizeof x, 1, f) != 1) return 1;
	printf("%016llx\n", x);
}
