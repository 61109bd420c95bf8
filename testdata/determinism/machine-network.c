// source: counters of network interfaces, after a datagram to itself
// state: held
// control: host: a world has no such file
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

int main(void) {
	char line[500];
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof to;
	if (s < 0 || bind(s, (void *)&to, size) || getsockname(s, (void *)&to, &size) || sendto(s, "x", 1, 0, (void *)&to, size) != 1) return 1;
	FILE *f = fopen("/proc/net/dev", "r");
	if (!f) puts("there is none");
	while (f && fgets(line, sizeof line, f)) fputs(line, stdout);
}
