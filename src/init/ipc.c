/*
 * System V shared memory, semaphores and message queues, which outlive the processes that made them. /proc/sysvipc lists all,
 * even those that their maker made unreadable.
 */
#define _GNU_SOURCE
#include "init.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

static const char *const lists[] = { "/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg" };

static bool remove_one(int list, int id)
{
	if (list == 0)
		return shmctl(id, IPC_RMID, NULL) == 0;
	return (list == 1 ? semctl(id, 0, IPC_RMID) : msgctl(id, IPC_RMID, NULL)) == 0;
}

/* Removes what the beginning of a list shows. How many that were; -1 when the list cannot be read or one cannot be removed. */
static int remove_some(int list)
{
	static char text[64 * 1024];
	int fd = open(lists[list], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t length = read(fd, text, sizeof text - 1);
	close(fd);
	if (length < 0)
		return -1;
	text[length] = '\0';
	int count = 0;
	/* The first line has the columns' names; a last line that is cut off has no end, and comes again. */
	for (char *line = strchr(text, '\n'); line != NULL && strchr(line + 1, '\n') != NULL; line = strchr(line + 1, '\n')) {
		int id;
		if (sscanf(line + 1, "%*d %d", &id) != 1 || !remove_one(list, id))
			return -1;
		count++;
	}
	return count;
}

bool ipc_remove(void)
{
	for (int list = 0; list < 3; list++) {
		int removed;
		do
			removed = remove_some(list);
		while (removed > 0);
		if (removed < 0)
			return false;
	}
	return true;
}
