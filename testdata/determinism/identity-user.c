// source: numbers of user and groups
// state: held
// control: same host: a test has one user; a world has its own, also without the hold
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

int main(void) { printf("%u %u %u %u\n", getuid(), geteuid(), getgid(), getegid()); }
