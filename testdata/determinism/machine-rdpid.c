// source: the processor in what RDTSCP returns
// state: open: an instruction, as RDTSC
// needs: x86-64, two processors
#include <stdio.h>
#include <x86intrin.h>

int main(void) {
	unsigned aux;
	__rdtscp(&aux);
	printf("%u\n", aux & 4095);
}
