// A call of our own, as the C library has them: a `mov` and a `syscall`. It must leave every
// register and what lies below the stack pointer as a system call does, whether it is
// stopped for, noted, or left to the `syscall` behind. In a shared library, because a site must be
// near the vDSO.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// In the order of the pushes below: r15 first.
struct state {
	uint64_t r15, r14, r13, r12, rbp, rbx, r10, r9, r8, rdx, rsi, rdi, rax, red[16], rsp, flags, step;
};

#define CALL(name, site)                                                                                         \
	__asm__(".globl " name "\n.type " name ", @function\n" name ":\n"                                        \
		"push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; push %rdi\n"                  \
		/* the red zone is filled with what the state says */                                            \
		"lea 104(%rdi), %rsi; mov $16, %ecx; lea -128(%rsp), %rdi; rep movsq; mov (%rsp), %rdi\n"        \
		"mov %rsp, 232(%rdi)\n"                                                                          \
		"mov 0(%rdi), %r15; mov 8(%rdi), %r14; mov 16(%rdi), %r13; mov 24(%rdi), %r12\n"                 \
		"mov 32(%rdi), %rbp; mov 40(%rdi), %rbx; mov 48(%rdi), %r10; mov 56(%rdi), %r9\n"                \
		"mov 64(%rdi), %r8; mov 72(%rdi), %rdx; mov 80(%rdi), %rsi; mov 88(%rdi), %rdi\n"                \
		/* zero, parity and carry, and strings from behind */                                             \
		"cmp %rsp, %rsp; stc; std\n"                                                                     \
		site "\n"                                                                                        \
		/* rcx and r11 are lost by every call; the state is found again at the stack pointer */          \
		"mov (%rsp), %rcx\n"                                                                             \
		"mov %r15, 0(%rcx); mov %r14, 8(%rcx); mov %r13, 16(%rcx); mov %r12, 24(%rcx)\n"                 \
		"mov %rbp, 32(%rcx); mov %rbx, 40(%rcx); mov %r10, 48(%rcx); mov %r9, 56(%rcx)\n"                \
		"mov %r8, 64(%rcx); mov %rdx, 72(%rcx); mov %rsi, 80(%rcx); mov %rdi, 88(%rcx)\n"                \
		"mov %rax, 96(%rcx); lahf; mov %ah, 240(%rcx)\n"                                                 \
		"mov %rcx, %rsi; lodsb; sub %rcx, %rsi; mov %rsi, 248(%rcx); cld\n"                              \
		"sub 232(%rcx), %rsp; mov %rsp, %rax; add 232(%rcx), %rsp; mov %rax, 232(%rcx)\n"                \
		"lea 104(%rcx), %rdi; lea -128(%rsp), %rsi; mov $16, %ecx; rep movsq\n"                          \
		"pop %rdi; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n")

CALL("openat_site", "mov $257, %eax; syscall");
CALL("statx_site", "mov $332, %eax; syscall");
CALL("newfstatat_site", "mov $262, %eax; syscall");
CALL("access_site", "mov $21, %eax; syscall");
CALL("stat_site", "mov $4, %eax; syscall");
CALL("lstat_site", "mov $6, %eax; syscall");
CALL("execve_site", "mov $59, %eax; syscall");
CALL("close_site", "mov $3, %eax; syscall");

void openat_site(struct state *), statx_site(struct state *), newfstatat_site(struct state *), access_site(struct state *),
	stat_site(struct state *), lstat_site(struct state *), execve_site(struct state *), close_site(struct state *);

static int failed;

// try makes a call and checks the registers; result is what it must return, and -1 that it is
// a descriptor, which is closed.
static void try(const char *name, void (*site)(struct state *), int place, const char *file, uint64_t rdx, uint64_t r10, uint64_t r8, int64_t result)
{
	struct state s, before;
	for (unsigned i = 0; i < sizeof s / 8; i++)
		((uint64_t *)&s)[i] = 0x0101010101010101u * (i + 1);
	s.rdx = rdx, s.r10 = r10, s.r8 = r8;
	if (place)
		s.rdi = -100, s.rsi = (uint64_t)file;
	else
		s.rdi = (uint64_t)file, s.rsi = rdx;
	before = s;
	site(&s);
	int64_t got = s.rax;
	if (result == -1 ? got < 0 : got != result) {
		printf("%s of %p returns %ld\n", name, (void *)file, (long)got);
		failed = 1;
	}
	// ZF 0x40, PF 0x04, CF 0x01, and a bit that is always set.
	before.rax = s.rax, before.rsp = 0, before.flags = (before.flags & ~(uint64_t)0xff) | 0x47, before.step = -1;
	if (memcmp(&s, &before, sizeof s) != 0) {
		for (unsigned i = 0; i < sizeof s / 8; i++)
			if (((uint64_t *)&s)[i] != ((uint64_t *)&before)[i])
				printf("%s of %p: word %u is %#lx and was %#lx\n", name, (void *)file, i, (long)((uint64_t *)&s)[i], (long)((uint64_t *)&before)[i]);
		failed = 1;
	}
	if (result == -1 && got >= 0) {
		struct state c = {.rdi = got};
		close_site(&c);
	}
}

int check(void)
{
	static char buffer[256];
	uint64_t out = (uint64_t)buffer;
	static const struct { const char *name; int64_t result; } files[] = {
		{"/usr/bin/env", 0}, {"/nowhere", -2}, {"/usr/bin/env/x", -20}, {"/proc/self/status", 0}, {(char *)1, -14}, {"", -2},
	};
	for (int i = 0; i < 1500 && !failed; i++) {
		for (unsigned f = 0; f < sizeof files / sizeof *files; f++) {
			const char *name = files[f].name;
			int64_t r = files[f].result;
			try("openat", openat_site, 1, name, 0, 0x77, 0x78, r ? r : -1);
			try("statx", statx_site, 1, name, 0x100, 0x7ff, out, r);
			try("newfstatat", newfstatat_site, 1, name, out, 0x100, 0x79, r);
			try("access", access_site, 0, name, 4, 0x7a, 0x7b, r);
			try("stat", stat_site, 0, name, out, 0x7c, 0x7d, r);
			try("lstat", lstat_site, 0, name, out, 0x7e, 0x7f, r);
			if (r != 0)
				try("execve", execve_site, 0, name, 0, 0x80, 0x81, r);
		}
	}
	if (!failed)
		printf("done\n");
	return failed;
}
