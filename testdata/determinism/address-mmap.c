// source: addresses that mmap returns, above and below 2 GiB
// state: held
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

int main(void) {
	int low = 0;
#ifdef MAP_32BIT
	low = MAP_32BIT;
#endif
	for (int i = 0; i < 2; i++) printf("%p\n", mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | (i ? low : 0), -1, 0));
}
