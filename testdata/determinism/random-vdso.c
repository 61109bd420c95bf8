// source: randomness by a vDSO that the program finds by itself
// state: held
// flags: -Wno-pedantic
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

typedef long ask(void *, size_t, unsigned, void *, size_t);

static ask *find(const char *base) {
	const Elf64_Ehdr *e = (const void *)base;
	const Elf64_Phdr *p = (const void *)(base + e->e_phoff);
	const Elf64_Dyn *d = 0;
	for (int i = 0; i < e->e_phnum; i++)
		if (p[i].p_type == PT_DYNAMIC) d = (const void *)(base + p[i].p_offset);
	const char *strings = 0;
	const Elf64_Sym *symbols = 0;
	for (; d && d->d_tag; d++) {
		if (d->d_tag == DT_STRTAB) strings = base + d->d_un.d_ptr;
		if (d->d_tag == DT_SYMTAB) symbols = (const void *)(base + d->d_un.d_ptr);
	}
	for (int i = 1; strings && symbols && i < 40 && (const char *)&symbols[i] < strings; i++)
		if (strstr(strings + symbols[i].st_name, "getrandom")) return (ask *)(base + symbols[i].st_value);
	return 0;
}

// It takes its key from the kernel's own page, without a system call. Kernels
// before 6.11 have none; there the program asks the kernel.
int main(void) {
	const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
	ask *draw = base ? find(base) : 0;
	// struct vgetrandom_opaque_params of include/uapi/linux/random.h
	struct {
		uint32_t size, prot, flags, reserved[13];
	} how;
	unsigned long long x;
	if (!draw || draw(0, 0, 0, &how, ~0UL)) {
		FILE *f = fopen("/dev/urandom", "r");
		if (!f || fread(&x, sizeof x, 1, f) != 1) return 1;
	} else {
		void *state = mmap(0, 4096, (int)how.prot, (int)how.flags, -1, 0);
		if (state == MAP_FAILED || draw(&x, sizeof x, 0, state, how.size) != sizeof x) return 2;
	}
	printf("%016llx\n", x);
}
