// source: the name that mkstemp makes
// state: open: the C library draws such names from CLOCK_MONOTONIC
// needs: glibc 2.36
#include <stdio.h>
#include <stdlib.h>

int main(void) {
	char name[] = "/tmp/nameXXXXXX";
	if (mkstemp(name) < 0) return 1;
	puts(name);
}
