// source: soft limits of open files and of the stack
// state: held
// control: host: a world has its own, also without the hold
#include <stdio.h>
#include <sys/resource.h>

int main(void) {
	struct rlimit a, b;
	if (getrlimit(RLIMIT_NOFILE, &a) || getrlimit(RLIMIT_STACK, &b)) return 1;
	printf("%llu %llu\n", (unsigned long long)a.rlim_cur, (unsigned long long)b.rlim_cur);
}
