// source: getentropy
// state: held
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <unistd.h>

int main(void) {
	unsigned long long x;
	if (getentropy(&x, sizeof x)) return 1;
	printf("%016llx\n", x);
}
