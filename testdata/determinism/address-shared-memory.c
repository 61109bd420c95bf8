// source: the address where System V shared memory is attached
// state: held
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(void) {
	int id = shmget(IPC_PRIVATE, 4096, 0600);
	if (id < 0) return 1;
	printf("%p\n", shmat(id, 0, 0));
	return shmctl(id, IPC_RMID, 0);
}
