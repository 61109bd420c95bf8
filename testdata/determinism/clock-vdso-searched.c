// source: a vDSO that the program finds in /proc/self/maps
// state: held
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// What its first clock function shows: every vDSO has it at an offset that its
// symbol table names, which is read without the auxiliary vector.
#include <elf.h>
int main(void) {
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	unsigned long base = 0;
	while (maps && fgets(line, sizeof line, maps))
		if (strstr(line, "[vdso]")) base = strtoul(line, 0, 16);
	if (!base) {
		puts("there is no vDSO");
		return 0;
	}
	const Elf64_Ehdr *e = (const void *)base;
	const Elf64_Phdr *p = (const void *)(base + e->e_phoff);
	const Elf64_Dyn *d = 0;
	for (int i = 0; i < e->e_phnum; i++)
		if (p[i].p_type == PT_DYNAMIC) d = (const void *)(base + p[i].p_offset);
	const char *strings = 0;
	const Elf64_Sym *symbols = 0;
	for (; d && d->d_tag; d++) {
		if (d->d_tag == DT_STRTAB) strings = (const char *)base + d->d_un.d_ptr;
		if (d->d_tag == DT_SYMTAB) symbols = (const void *)(base + d->d_un.d_ptr);
	}
	for (int i = 1; strings && symbols && i < 40 && (const char *)&symbols[i] < strings; i++)
		if (strstr(strings + symbols[i].st_name, "clock_gettime")) {
			struct timespec t;
			int (*ask)(clockid_t, struct timespec *) = (void *)(base + symbols[i].st_value);
			if (ask(CLOCK_REALTIME, &t)) return 1;
			printf("%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
			return 0;
		}
	return 2;
}
