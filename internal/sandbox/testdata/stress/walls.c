// What only a world that holds time and chance still does: ways around its
// supervisor are refused, and a program that is broken or hostile breaks itself
// only.
#include "common.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

// Ways to have a child that nobody sees.
static int escapes(int argc, char **argv) {
	(void)argc, (void)argv;
	enum { untraced = 0x00800000, traced = 0x2000, of_parent = 0x8000 };
	CHECK(syscall(SYS_clone, untraced | SIGCHLD, 0, 0, 0, 0) == -1 && errno == EPERM);
	CHECK(syscall(SYS_clone, untraced | traced | SIGCHLD, 0, 0, 0, 0) == -1 && errno == EPERM);
	CHECK(syscall(SYS_clone, of_parent | SIGCHLD, 0, 0, 0, 0) == -1 && errno == EPERM);
	unsigned long args[11] = {untraced, [4] = SIGCHLD};
	CHECK(syscall(SYS_clone3, args, sizeof args) == -1 && errno == ENOSYS);
	pid_t pid = syscall(SYS_clone, traced | SIGCHLD, 0, 0, 0, 0);
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(time(NULL) == 1000000000 ? 21 : 22); // seen as every other
	ends_with(pid, 21);
	CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == -1 && errno == EPERM);
	CHECK(ptrace(PTRACE_SEIZE, getppid(), 0, 0) == -1 && errno == EPERM);
	char auxv[4096];
	CHECK(prctl(0x41555856 /* PR_GET_AUXV */, auxv, sizeof auxv, 0, 0) == -1 && errno == EINVAL);
	puts("no escape");
	return 0;
}

// A filter of its own that lets everything through does not take part in ours.
static int filtered(int argc, char **argv) {
	(void)argc, (void)argv;
	struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {1, allow};
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) == -1 && errno == EBUSY);
	CHECK(time(NULL) == 1000000000);
	puts("filtered");
	return 0;
}

// The clock is the same without the vDSO, and without a stack.
static int unmapped(int argc, char **argv) {
	(void)argc, (void)argv;
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[1000];
	unsigned long from, to, gone = 0;
	CHECK(maps != NULL);
	while (fgets(line, sizeof line, maps))
		if (strstr(line, "[vdso]") || strstr(line, "[vvar")) {
			CHECK(sscanf(line, "%lx-%lx", &from, &to) == 2 && munmap((void *)from, to - from) == 0);
			gone++;
		}
	CHECK(gone > 0);
	struct timespec t;
	CHECK(syscall(SYS_clock_gettime, CLOCK_REALTIME, &t) == 0 && t.tv_sec == 1000000000);
#ifdef __x86_64__
	// Waits with a stack pointer behind which nothing is; the waiter is told that
	// its time is at a bad address, and not when the host thinks it is.
	static struct timespec past = {.tv_sec = 1};
	static int word;
	long result;
	register long r10 __asm__("r10") = (long)&past, r8 __asm__("r8") = 0, r9 __asm__("r9") = -1;
	__asm__ volatile("mov %%rsp, %%rbx; mov $8192, %%rsp; syscall; mov %%rbx, %%rsp"
		: "=a"(result) : "a"(SYS_futex), "D"(&word), "S"(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME), "d"(0), "r"(r10), "r"(r8), "r"(r9)
		: "rbx", "rcx", "r11", "memory");
	CHECK(result == -EFAULT);
#endif
	puts("unmapped");
	return 0;
}

// Waits with times that are none, and with those that never come.
static int times(int argc, char **argv) {
	(void)argc, (void)argv;
	int word = 0;
	struct timespec garbage[] = {{-1, 0}, {0, -1}, {0, 1000000000}, {1L << 62, 1L << 62}};
	for (unsigned i = 0; i < sizeof garbage / sizeof *garbage; i++) {
		CHECK(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &garbage[i], NULL, -1) == -1 && errno == EINVAL);
		CHECK(nanosleep(&garbage[i], NULL) == -1 && errno == EINVAL);
		CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &garbage[i], NULL) == EINVAL);
	}
	CHECK(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, (void *)8, NULL, -1) == -1 && errno == EFAULT);
	CHECK(nanosleep((void *)8, NULL) == -1 && errno == EFAULT);
	// In 2001 this is 237 years away, and further than the host's own clock can say.
	long far[] = {8500000000L, 1L << 33, 1L << 40, (1UL << 63) / 1000000000 - 1};
	for (unsigned i = 0; i < sizeof far / sizeof *far; i++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			struct timespec t = {.tv_sec = far[i]};
			syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &t, NULL, -1);
			_exit(1);
		}
		usleep(20000);
		CHECK(waitpid(pid, NULL, WNOHANG) == 0);
		CHECK(kill(pid, SIGKILL) == 0);
		ends_by(pid, SIGKILL);
	}
	struct timespec past = {.tv_sec = 999999999}, soon = {.tv_sec = 1000000000 + 10, .tv_nsec = 0};
	CHECK(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, -1) == -1 && errno == ETIMEDOUT);
	CHECK(clock_gettime(CLOCK_REALTIME, &soon) == 0);
	soon.tv_nsec += 50000000, soon.tv_sec += soon.tv_nsec / 1000000000, soon.tv_nsec %= 1000000000;
	CHECK(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &soon, NULL, -1) == -1 && errno == ETIMEDOUT);
	struct timespec now;
	CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0 && (now.tv_sec > soon.tv_sec || (now.tv_sec == soon.tv_sec && now.tv_nsec >= soon.tv_nsec)));
	puts("times");
	return 0;
}

// The clock is asked so often, and never goes back.
static int clock_often(int argc, char **argv) {
	long n = argc > 0 ? atol(argv[0]) : 1000;
	struct timespec last = {0}, now;
	for (long i = 0; i < n; i++) {
		CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
		CHECK(now.tv_sec > last.tv_sec || (now.tv_sec == last.tv_sec && now.tv_nsec >= last.tv_nsec));
		last = now;
	}
	printf("%ld seconds passed\n", (long)last.tv_sec - 1000000000);
	return 0;
}

static long drawn(void *to, size_t n, unsigned flags) { return syscall(SYS_getrandom, to, n, flags); }

// 1 GiB is more than one call gives, of a buffer that is not there it gives nothing.
static int chance(int argc, char **argv) {
	(void)argc, (void)argv;
	size_t size = 1UL << 30;
	char *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(data != MAP_FAILED);
	CHECK(drawn(data, size, 0) == (1 << 25) - 1);
	CHECK(data[(1 << 25) - 1] == 0);
	CHECK(drawn((void *)8, 8, 0) == -1 && errno == EFAULT);
	CHECK(drawn(data, 8, 1 << 20) == -1 && errno == EINVAL);
	CHECK(drawn(data, 0, 0) == 0 && drawn(NULL, 0, 0) == 0);
	CHECK(munmap(data + (64 << 10), 4096) == 0);
	CHECK(drawn(data, 128 << 10, 0) == 64 << 10);
	puts("chance");
	return 0;
}

// A device that is opened so often, and as often at the same time as there is room.
static int devices(int argc, char **argv) {
	long n = argc > 0 ? atol(argv[0]) : 1000;
	char bytes[4];
	for (long i = 0; i < n; i++) {
		int fd = open("/dev/urandom", O_RDONLY);
		CHECK(fd > 2 && read(fd, bytes, sizeof bytes) == sizeof bytes && close(fd) == 0);
	}
	int fd, held = 0;
	while ((fd = open("/dev/urandom", O_RDONLY)) >= 0)
		held++;
	CHECK(errno == EMFILE && held > 1000);
	CHECK(read(3, bytes, sizeof bytes) == sizeof bytes);
	printf("%ld devices\n", n);
	return 0;
}

struct entries {
	char data[512];
};

static long some(int fd, struct entries *e) { return syscall(SYS_getdents64, fd, e->data, sizeof e->data); }

// Directories of which only the first entries are read, by the thousand.
static int directories(int argc, char **argv) {
	long n = argc > 0 ? atol(argv[0]) : 1000;
	struct entries e, other;
	char last[256] = "";
	CHECK(mkdir("d", 0755) == 0);
	for (int i = 0; i < 100; i++) {
		char name[20];
		sprintf(name, "d/%d", (i * 37) % 100);
		CHECK(close(open(name, O_CREAT | O_WRONLY, 0644)) == 0);
	}
	for (long i = 0; i < n; i++) {
		int fd = open("d", O_RDONLY | O_DIRECTORY);
		CHECK(fd >= 0 && some(fd, &e) > 0 && close(fd) == 0);
	}
	// One that is read to its end beside many others has every entry, with `.` and `..`.
	int first = open("d", O_RDONLY | O_DIRECTORY), entries = 0, fd;
	CHECK(first >= 0);
	long got = some(first, &e);
	while ((fd = open("d", O_RDONLY | O_DIRECTORY)) >= 0)
		CHECK(some(fd, &other) > 0);
	CHECK(errno == EMFILE);
	do {
		for (long at = 0; at < got; entries++) {
			CHECK(strcmp(last, e.data + at + 19) < 0); // also after so many
			strcpy(last, e.data + at + 19);
			at += *(unsigned short *)(e.data + at + 16);
		}
	} while ((got = some(first, &e)) > 0);
	CHECK(got == 0);
	printf("%d entries\n", entries);
	return 0;
}

// So many different long names, of which each is looked for once.
static int names(int argc, char **argv) {
	long n = argc > 0 ? atol(argv[0]) : 1000;
	static char name[4096];
	memset(name, '/', sizeof name - 1);
	for (int i = 1; i < 4000; i += 100)
		memset(name + i, 'n', 99);
	for (long i = 0; i < n; i++) {
		sprintf(name + 4000, "/%ld", i);
		CHECK(access(name, F_OK) == -1 && errno == ENOENT);
	}
	printf("%ld names\n", n);
	return 0;
}

int main(int argc, char **argv) {
	static const struct part parts[] = {
		{"escapes", escapes}, {"filtered", filtered}, {"unmapped", unmapped}, {"times", times}, {"clock", clock_often},
		{"chance", chance}, {"devices", devices}, {"directories", directories}, {"names", names}, {0},
	};
	return run_part(parts, argc, argv);
}
