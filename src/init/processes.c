/* Who lives in this container, and the end of all of them. */
#define _GNU_SOURCE
#include "init.h"
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* How often all are killed again, when some were born meanwhile. */
#define ROUNDS 10
#define ROUND_MS 300

int processes_alive(void)
{
	DIR *folder = opendir("/proc");
	if (folder == NULL)
		return -1;
	int count = 0;
	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(folder);
		if (entry == NULL)
			break;
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && strcmp(entry->d_name, "1") != 0)
			count++;
	}
	if (errno != 0)
		count = -1;
	closedir(folder);
	return count;
}

/* True when nobody is left: a killed process goes to its parent, and at last to us. */
static bool wait_for_end(int64_t until)
{
	for (;;) {
		pid_t pid;
		/* A clock that is looked at once a turn is enough: everybody has been killed, so that these become fewer. */
		do
			pid = waitpid(-1, NULL, WNOHANG);
		while (pid > 0);
		if (pid < 0 && errno == ECHILD && processes_alive() == 0)
			return true;
		if (now_ms() >= until)
			return false;
		poll(NULL, 0, 1);
	}
}

/* kill(-1) is one step for the kernel: nobody can fork away from it. What it does not reach came in from outside meanwhile. */
bool processes_kill(int64_t deadline)
{
	for (int round = 0; round < ROUNDS && now_ms() < deadline; round++) {
		kill(-1, SIGKILL);
		int64_t until = now_ms() + ROUND_MS;
		if (wait_for_end(until < deadline ? until : deadline))
			return true;
	}
	return false;
}
