// source: the port that the kernel chooses for a socket
// state: open: the kernel chooses by chance
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

int main(void) {
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof to;
	int s = socket(AF_INET, SOCK_STREAM, 0);
	if (s < 0 || bind(s, (void *)&to, size) || getsockname(s, (void *)&to, &size)) return 1;
	printf("%d\n", ntohs(to.sin_port));
}
