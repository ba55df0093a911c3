/* Between two sessions: everything ends, everything written goes, and a second look makes sure of it. */
#define _GNU_SOURCE
#include "init.h"

/* Milliseconds that processes get to vanish after SIGKILL, and that removing files may take. */
#define KILLING_MS 3000
#define EMPTYING_MS 5000

unsigned wipes;

/* NULL when clean, else why not. */
static const char *clean(unsigned long *files)
{
	bool killed = processes_kill(now_ms() + KILLING_MS);
	/* Again, and this time it counts: nobody is left who could change it. */
	const char *why = self_restore();
	if (why != NULL)
		return why;
	if (!killed)
		return "processes outlive SIGKILL";
	if (!ipc_remove())
		return "System V IPC objects cannot be removed";
	if ((why = places_empty(now_ms() + EMPTYING_MS, files)) != NULL)
		return why;
	if ((why = places_verify()) != NULL)
		return why;
	if (!ipc_remove() || processes_alive() != 0)
		return "something came to life while it was cleaned";
	return NULL;
}

void wipe(void)
{
	int64_t begin = now_ms();
	unsigned long files = 0;
	forward_to(0);
	children_forget();
	self_restore(); /* without descriptors we could not even look around */
	int processes = processes_alive();
	const char *why = clean(&files);
	if (why != NULL) {
		state = DIRTY;
		say("dirty %s\n", why);
		return;
	}
	wipes++;
	say("clean %lld %d %lu\n", (long long)(now_ms() - begin), processes < 0 ? 0 : processes, files);
	children_start();
}
