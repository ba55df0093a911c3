/* The control protocol: lines of ASCII from the agent on stdin, answers on stdout. Either side may be gone, or slow, at any time. */
#define _GNU_SOURCE
#include "init.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* No further line is read while this much waits to be written: room for the longest answer remains. */
#define QUEUE_HIGH (512 * 1024)
#define QUEUE_LIMIT (1024 * 1024)
/* The control character of this name in ASCII. */
#define CANCEL 0x18

static char input[LINE_LIMIT + 1];
static size_t input_length;
static bool input_watched, input_ended, too_long;

static char queue[QUEUE_LIMIT];
static size_t queue_length;
static bool queue_watched, output_broken;

static char note[LINE_LIMIT + 1];
static int64_t last_heard;

static const char *const state_names[] = { "starting", "ready", "dirty" };

static void take_lines(void);

static void watch(int fd, uint32_t events, uint64_t about, int operation)
{
	struct epoll_event event = { .events = events, .data.u64 = about };
	epoll_ctl(poller, operation, fd, &event);
}

/* Taken off and put on, since epoll tells of a closed pipe even where nothing is asked for, and without end. */
static void watch_input(bool wanted)
{
	if (input_ended || input_watched == wanted)
		return;
	input_watched = wanted;
	watch(0, EPOLLIN, ABOUT_STDIN, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL);
}

void control_start(void)
{
	last_heard = now_ms();
	for (int fd = 0; fd <= 1; fd++)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	watch_input(true);
}

int64_t control_last_heard(void)
{
	return last_heard;
}

void say(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	size_t room = QUEUE_LIMIT - queue_length;
	int length = vsnprintf(queue + queue_length, room, format, arguments);
	va_end(arguments);
	if (output_broken || length < 0 || (size_t)length >= room)
		return;
	queue_length += (size_t)length;
	control_writable();
}

/* Writes what can be written now. Docker reads on while no agent is attached, so that it waits for a moment only. */
void control_writable(void)
{
	size_t written = 0;
	while (written < queue_length) {
		ssize_t count = write(1, queue + written, queue_length - written);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno != EAGAIN) {
			output_broken = true;
			written = queue_length;
		}
		if (count <= 0)
			break;
		written += (size_t)count;
	}
	queue_length -= written;
	memmove(queue, queue + written, queue_length);
	if (queue_watched != (queue_length > 0)) {
		queue_watched = !queue_watched;
		watch(1, EPOLLOUT, ABOUT_STDOUT, queue_watched ? EPOLL_CTL_ADD : EPOLL_CTL_DEL);
		if (!queue_watched)
			take_lines();
	}
}

void control_readable(void)
{
	if (input_ended || input_length == sizeof input)
		return;
	ssize_t count = read(0, input + input_length, sizeof input - input_length);
	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (count <= 0) {
		/* Nobody can ever write again. The sessions here go on; --orphan is what ends them. */
		watch_input(false);
		input_ended = true;
		return;
	}
	input_length += (size_t)count;
	take_lines();
}

static void set_note(const char *text)
{
	size_t length = strlen(text);
	memcpy(note, text, length + 1);
}

static void tell(void)
{
	say("state %s %d %u\n", state_names[state], forward_target(), wipes);
	if (note[0] == '\0')
		say("note\n");
	else
		say("note %s\n", note);
}

static void unknown(const char *line)
{
	char word[65];
	size_t length = strcspn(line, " ");
	if (length >= sizeof word)
		length = sizeof word - 1;
	for (size_t i = 0; i < length; i++)
		word[i] = line[i] > ' ' && line[i] <= '~' ? line[i] : '?';
	word[length] = '\0';
	say("unknown %s\n", word);
}

static void forward(const char *line, const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || port < 0 || port > 65535 || !forward_to((int)port))
		return unknown(line);
	say("forwarding %ld\n", port);
}

/* Killed for want of memory up to the last wipe: the kernel's count is of the container's whole life. */
static long killed_before;

static void tell_memory(void)
{
	long killed;
	bool full;
	if (memory_counts(&killed, &full))
		say("memory %ld %s\n", killed - killed_before, full ? "full" : "room");
	else
		say("memory unknown\n");
}

static void forget_killed(void)
{
	bool full;
	if (!memory_counts(&killed_before, &full))
		killed_before = 0;
}

static void obey(const char *line)
{
	if (strcmp(line, "wipe") == 0) {
		note[0] = '\0';
		forget_killed();
		wipe();
	} else if (strncmp(line, "forward ", 8) == 0) {
		forward(line, line + 8);
	} else if (strcmp(line, "note") == 0) {
		note[0] = '\0';
	} else if (strncmp(line, "note ", 5) == 0) {
		set_note(line + 5);
	} else if (strcmp(line, "tell") == 0) {
		tell();
	} else if (strcmp(line, "memory") == 0) {
		tell_memory();
	} else if (strcmp(line, "alive") != 0) {
		unknown(line);
	}
}

/* An agent that was killed may have left the beginning of a line: the next one sends CANCEL first, and what was before is void. */
static void obey_line(const char *line, size_t length)
{
	const char *cancelled = memrchr(line, CANCEL, length);
	if (cancelled != NULL)
		line = cancelled + 1;
	else if (too_long)
		line = "";
	too_long = false;
	if (*line != '\0')
		obey(line);
}

/* A line that does not fit is left out up to its end, and answered by its first word. */
static void skip_too_long(void)
{
	if (input_length < sizeof input)
		return;
	if (!too_long) {
		input[LINE_LIMIT] = '\0';
		unknown(input);
	}
	too_long = true;
	input_length = 0;
}

static void take_lines(void)
{
	/* Answers call this again when they drain, in the middle of a line's work. */
	static bool busy;
	if (busy)
		return;
	busy = true;
	size_t taken = 0;
	while (queue_length < QUEUE_HIGH) {
		char *end = memchr(input + taken, '\n', input_length - taken);
		if (end == NULL)
			break;
		*end = '\0';
		last_heard = now_ms();
		obey_line(input + taken, (size_t)(end - input) - taken);
		taken = (size_t)(end - input) + 1;
	}
	input_length -= taken;
	memmove(input, input + taken, input_length);
	/* While nobody takes the answers, no further questions. */
	if (queue_length < QUEUE_HIGH)
		skip_too_long();
	watch_input(queue_length < QUEUE_HIGH);
	busy = false;
}
