// source: every entry of the auxiliary vector
// state: held
#include <elf.h>
#include <stdio.h>

int main(void) {
	Elf64_auxv_t a;
	FILE *f = fopen("/proc/self/auxv", "r");
	while (f && fread(&a, sizeof a, 1, f) == 1) printf("%llu %llx\n", (unsigned long long)a.a_type, (unsigned long long)a.a_un.a_val);
	return !f;
}
