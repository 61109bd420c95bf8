// source: the name of the user
// state: held
// control: same host: a test has one user; a world has its own, also without the hold
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
	const struct passwd *p = getpwuid(getuid());
	printf("%s %s\n", p ? p->pw_name : "-", p ? p->pw_dir : "-");
}
