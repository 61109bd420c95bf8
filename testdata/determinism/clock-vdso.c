// source: CLOCK_REALTIME, by a vDSO that the program finds by itself
// state: held
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

typedef int ask(clockid_t, struct timespec *);

static ask *find(const char *base, const char *first, const char *second) {
	const Elf64_Ehdr *e = (const void *)base;
	const Elf64_Phdr *p = (const void *)(base + e->e_phoff);
	const Elf64_Dyn *d = 0;
	const char *load = 0;
	for (int i = 0; i < e->e_phnum; i++) {
		if (p[i].p_type == PT_LOAD) load = base + p[i].p_offset - p[i].p_vaddr;
		if (p[i].p_type == PT_DYNAMIC) d = (const void *)(base + p[i].p_offset);
	}
	const char *strings = 0;
	const Elf64_Sym *symbols = 0;
	for (; d && d->d_tag; d++) {
		if (d->d_tag == DT_STRTAB) strings = load + d->d_un.d_ptr;
		if (d->d_tag == DT_SYMTAB) symbols = (const void *)(load + d->d_un.d_ptr);
	}
	// The symbols end where the strings begin, or are few.
	for (int i = 1; strings && symbols && i < 40 && (const char *)&symbols[i] < strings; i++) {
		const char *name = strings + symbols[i].st_name;
		if (!strcmp(name, first) || !strcmp(name, second)) return (ask *)(load + symbols[i].st_value);
	}
	return 0;
}

int main(void) {
	const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
	ask *gettime = base ? find(base, "__vdso_clock_gettime", "__kernel_clock_gettime") : 0;
	if (!gettime) {
		puts("there is no vDSO to ask");
		return 0;
	}
	struct timespec t;
	if (gettime(CLOCK_REALTIME, &t)) return 1;
	printf("%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
}
