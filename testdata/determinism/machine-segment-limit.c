// source: the processor in the limit of a segment (LSL)
// state: open: an instruction that no kernel can take away
// needs: x86-64, two processors
#include <stdio.h>

// Selector of the segment whose limit holds it: __CPUNODE_SEG of
// arch/x86/include/asm/segment.h.
int main(void) {
	unsigned limit = 0;
	__asm__("lsl %1, %0" : "+r"(limit) : "r"(0x7b));
	printf("%u\n", limit & 4095);
}
