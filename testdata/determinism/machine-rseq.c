// source: the processor in the memory that the C library shares with the kernel (rseq)
// state: open: the kernel writes it into the thread's own memory
// needs: two processors
#include <stddef.h>
#include <stdio.h>
#include <sys/rseq.h>

int main(void) {
	const struct rseq *r = (const void *)((const char *)__builtin_thread_pointer() + __rseq_offset);
	printf("%u %d\n", __rseq_size, __rseq_size ? (int)*(const volatile unsigned *)&r->cpu_id : -1);
}
