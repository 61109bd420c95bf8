// source: soft limits of open files, of the stack, of waiting signals and of locked memory
// state: held
// control: host: a world has its own, also without the hold
#include <stdio.h>
#include <sys/resource.h>

int main(void) {
	struct rlimit a, b, c, d;
	if (getrlimit(RLIMIT_NOFILE, &a) || getrlimit(RLIMIT_STACK, &b)) return 1;
	if (getrlimit(RLIMIT_SIGPENDING, &c) || getrlimit(RLIMIT_MEMLOCK, &d)) return 1;
	printf("%llu %llu %llu %llu\n", (unsigned long long)a.rlim_cur, (unsigned long long)b.rlim_cur, (unsigned long long)c.rlim_cur, (unsigned long long)d.rlim_cur);
}
