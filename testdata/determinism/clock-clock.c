// source: clock of the C library
// state: open: how long the processor took is measured, not told
#include <stdio.h>
#include <time.h>

int main(void) {
	for (volatile int i = 0; i < 3000000; i++)
		;
	printf("%ld\n", (long)clock());
}
