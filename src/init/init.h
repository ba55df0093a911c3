/*
 * tggrid-init: the first process of a browser's container. It starts the driver, passes DevTools connections on, and between two
 * sessions ends and empties everything, so that the container can be used again. Whatever else runs here is controlled by
 * whoever drives the browser: no file, process or socket in the container is to be trusted, only stdin and stdout.
 */
#ifndef TGGRID_INIT_H
#define TGGRID_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line of the control protocol, and so a note, has at most this many bytes. */
#define LINE_LIMIT (256 * 1024)

/* What an event of epoll is about: one of these, or a forwarded connection, which has the highest bit set. */
enum { ABOUT_STDIN = 1, ABOUT_STDOUT, ABOUT_SIGNALS, ABOUT_LISTENER };
#define ABOUT_CONNECTION (UINT64_C(1) << 63)

/* main.c: milliseconds of a clock that only goes forward; the one epoll instance; ends everything and exits, answering first. */
int64_t now_ms(void);
extern int poller;
_Noreturn void end_all(int code);

/* control.c: the agent's lines on stdin, our answers on stdout. Nothing here ever blocks. */
void control_start(void);
void control_readable(void);
void control_writable(void);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t control_last_heard(void);

/* children.c: the commands, and everything that lost its parent. */
enum state { STARTING, READY, DIRTY };
extern enum state state;
bool children_parse(int count, char **words);
void children_set_ready_port(int port);
void children_start(void);
bool children_reap(void); /* whether more may wait to be reaped */
void children_forget(void);
void children_check_ready(void);
void terminate_all(int patience_ms);

/* wipe.c: between two sessions. */
void wipe(void);
extern unsigned wipes;

/* processes.c: who lives in this container. */
int processes_alive(void); /* all but ourselves; -1 when that cannot be told */
bool processes_kill(int64_t deadline);

/* ipc.c: System V shared memory, semaphores and message queues. Removes them; false when some are left. */
bool ipc_remove(void);

/* memory.c: processes killed for want of memory, and whether this container's own limit was reached. False when that cannot be told. */
bool memory_counts(long *killed, bool *full);

/* places.c: the writable mounts, as they were before the first command. These return why not, or NULL. */
void places_record(void);
const char *places_empty(int64_t deadline, unsigned long *removed);
const char *places_verify(void);

/* tree.c: what is in a folder. A filter says which names at its top stay. */
struct keeper {
	char **names;
	size_t count;
};
bool keeper_has(const struct keeper *keeper, const char *name);
bool tree_empty(int folder, const struct keeper *keeper, int64_t deadline, unsigned long *removed);
bool tree_holds_more(int folder, const struct keeper *keeper);
bool tree_fingerprint(int folder, const struct keeper *keeper, uint64_t *result);

/* self.c: what a neighbour of our own uid can change about us, and our next children would inherit. */
void self_record(void);
const char *self_restore(void);

/* forward.c: connections to one port of the container go to one port of its loopback. */
bool forward_listen(int port);
bool forward_to(int port); /* 0 is nowhere */
int forward_target(void);
void forward_accept(void);
void forward_event(uint64_t about, uint32_t events);
void forward_close_all(void);

#endif
