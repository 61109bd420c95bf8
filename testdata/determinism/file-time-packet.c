// source: when a datagram arrived on the world's own loopback interface
// state: open: the kernel stamps packets with its own clock
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int main(void) {
	int one = 1, s = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof to;
	char byte = 0, control[200];
	struct iovec part = {&byte, 1};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_TIMESTAMP, &one, sizeof one) || bind(s, (void *)&to, size) || getsockname(s, (void *)&to, &size)) return 1;
	if (sendto(s, &byte, 1, 0, (void *)&to, size) != 1 || recvmsg(s, &m, 0) != 1) return 2;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct timeval t;
	if (!c || c->cmsg_type != SCM_TIMESTAMP) return 3;
	memcpy(&t, CMSG_DATA(c), sizeof t);
	printf("%lld.%06ld\n", (long long)t.tv_sec, (long)t.tv_usec);
}
