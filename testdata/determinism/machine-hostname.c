// source: gethostname and getdomainname
// state: held
// control: same host: one host has one name; a world has another, also without the hold
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <unistd.h>

int main(void) {
	char name[100], domain[100];
	if (gethostname(name, sizeof name) || getdomainname(domain, sizeof domain)) return 1;
	printf("%s %s\n", name, domain);
}
