// source: everything else that sysconf knows
// state: held
// control: same host: most of it is the C library's own
#include <stdio.h>
#include <unistd.h>

int main(void) {
	for (int name = 0; name < 260; name++) {
		if (name == _SC_AVPHYS_PAGES || name == _SC_PHYS_PAGES || name == _SC_NPROCESSORS_CONF || name == _SC_NPROCESSORS_ONLN) continue;
		printf("%d %ld\n", name, sysconf(name));
	}
}
