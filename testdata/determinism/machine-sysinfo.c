// source: sysinfo: uptime, load, memory, processes
// state: held
#include <stdio.h>
#include <sys/sysinfo.h>

int main(void) {
	struct sysinfo s;
	if (sysinfo(&s)) return 1;
	printf("%ld %lu %lu %lu %lu %lu %lu %lu %lu %lu %d %lu %lu %u\n", s.uptime, s.loads[0], s.loads[1], s.loads[2], s.totalram, s.freeram,
		s.sharedram, s.bufferram, s.totalswap, s.freeswap, s.procs, s.totalhigh, s.freehigh, s.mem_unit);
}
