// source: the uptime in sysinfo, to the hundredth of a load
// state: held
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

int main(void) {
	struct sysinfo s;
	if (syscall(SYS_sysinfo, &s)) return 1;
	printf("%ld %lu\n", s.uptime, s.freeram);
}
