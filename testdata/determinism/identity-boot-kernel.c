// source: the kernel that a personality shows (UNAME26)
// state: held
// control: host: a world has its own, also without the hold
#include <stdio.h>
#include <sys/personality.h>
#include <sys/utsname.h>

int main(void) {
	struct utsname u;
	if (uname(&u)) return 1;
	printf("%x %s\n", (unsigned)personality(0xffffffff), u.release);
}
