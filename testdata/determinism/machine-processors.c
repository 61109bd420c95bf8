// source: processors by sysconf and get_nprocs
// state: held
// needs: two processors
#include <stdio.h>
#include <sys/sysinfo.h>
#include <unistd.h>

int main(void) { printf("%ld %ld %d %d\n", sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF), get_nprocs(), get_nprocs_conf()); }
