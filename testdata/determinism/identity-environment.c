// source: the environment, in its order
// state: held
// control: host: a world has its own, also without the hold
#include <stdio.h>

extern char **environ;

int main(void) {
	for (char **e = environ; *e; e++) puts(*e);
}
