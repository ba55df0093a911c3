/* The command line, and the loop in which everything happens. */
#define _GNU_SOURCE
#include "init.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
	"tggrid-init [--ready PORT] [--forward PORT] [--orphan SECONDS] -- COMMAND... [--- COMMAND...]\n"
	"The first process of a browser's container: starts the commands in order (the last is the driver), and does what lines on\n"
	"its standard input say. It answers on its standard output.\n"
	"  --ready PORT      the driver is ready once 127.0.0.1:PORT accepts a connection\n"
	"  --forward PORT    accept connections on this port, for whatever `forward` names\n"
	"  --orphan SECONDS  end the container after this time without a line\n"
	"  --check PORT      do nothing but see whether 127.0.0.1:PORT accepts a connection: for a health check\n"
	"Lines: wipe | forward PORT (0: nowhere) | note TEXT | note | tell | memory | alive; of a line with the byte 0x18 what follows it counts\n"
	"Answers: ready | clean MS PROCESSES FILES | dirty WHY | forwarding PORT | state STATE PORT WIPES, then note TEXT |\n"
	"         memory KILLED full|room (processes killed for it; whether the container's limit was reached) | memory unknown |\n"
	"         exited PROGRAM exit|signal N | unknown WORD\n";

int poller = -1;
static int signals = -1;
static int64_t orphan_ms;

int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static _Noreturn void refuse(const char *why)
{
	fprintf(stderr, "tggrid-init: %s; --help tells more\n", why);
	exit(2);
}

static int number(const char *text, int most)
{
	char *end;
	errno = 0;
	long value = text == NULL ? 0 : strtol(text, &end, 10);
	if (text == NULL || errno != 0 || *text == '\0' || *end != '\0' || value < 1 || value > most)
		refuse("a port is 1 to 65535, seconds are 1 to 1000000");
	return (int)value;
}

static _Noreturn void check(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	exit(connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : 1);
}

/* Returns the forwarded port, or 0. */
static int parse(int count, char **words)
{
	int forwarded = 0, i = 1;
	for (; i < count && strcmp(words[i], "--") != 0; i += 2) {
		const char *value = i + 1 < count ? words[i + 1] : NULL;
		if (strcmp(words[i], "--help") == 0) {
			fputs(help, stdout);
			exit(0);
		} else if (strcmp(words[i], "--check") == 0) {
			check(number(value, 65535));
		} else if (strcmp(words[i], "--ready") == 0) {
			children_set_ready_port(number(value, 65535));
		} else if (strcmp(words[i], "--forward") == 0) {
			forwarded = number(value, 65535);
		} else if (strcmp(words[i], "--orphan") == 0) {
			orphan_ms = (int64_t)number(value, 1000000) * 1000;
		} else {
			refuse("unknown option");
		}
	}
	if (i >= count || !children_parse(count - i - 1, words + i + 1))
		refuse("needs -- and one to eight commands, separated by ---");
	return forwarded;
}

/* Anywhere else `wipe` would end every process and remove every file of its user. */
static void insist_on_a_container(void)
{
	if (getpid() != 1)
		refuse("is only for the first process of a container");
	if (geteuid() == 0)
		refuse("must not be root: what it guards could then not be told from the system");
}

_Noreturn void end_all(int code)
{
	terminate_all(code == 0 ? 200 : 0);
	control_writable();
	_exit(code);
}

static void take_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = ABOUT_SIGNALS };
	epoll_ctl(poller, EPOLL_CTL_ADD, signals, &event);
}

static void read_signals(void)
{
	struct signalfd_siginfo info;
	while (read(signals, &info, sizeof info) == sizeof info) {
		/* From outside the container a sender has no pid here: a neighbour must not be able to end us. */
		if (info.ssi_signo != SIGCHLD && info.ssi_pid == 0)
			end_all(0);
	}
}

static int64_t left_until_orphaned(void)
{
	return orphan_ms == 0 ? INT64_MAX : control_last_heard() + orphan_ms - now_ms();
}

static int patience(bool more_to_reap)
{
	if (more_to_reap)
		return 0;
	if (state == STARTING)
		return 4;
	int64_t left = left_until_orphaned();
	return left == INT64_MAX ? -1 : left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left + 1;
}

static void handle(const struct epoll_event *event)
{
	uint64_t about = event->data.u64;
	if (about & ABOUT_CONNECTION)
		forward_event(about, event->events);
	else if (about == ABOUT_LISTENER)
		forward_accept();
	else if (about == ABOUT_STDIN)
		control_readable();
	else if (about == ABOUT_STDOUT)
		control_writable();
	else
		read_signals();
}

int main(int count, char **words)
{
	int forwarded = parse(count, words);
	insist_on_a_container();
	/* Neighbours of the same uid could otherwise trace us, or open our stdin and stdout through /proc. */
	if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		refuse("cannot protect itself");
	poller = epoll_create1(EPOLL_CLOEXEC);
	take_signals();
	if (forwarded != 0 && !forward_listen(forwarded))
		refuse("cannot listen on the forwarded port");
	self_record();
	places_record();
	control_start();
	children_start();
	for (bool more = false;;) {
		struct epoll_event events[64];
		int found = epoll_wait(poller, events, 64, patience(more));
		for (int i = 0; i < found; i++)
			handle(&events[i]);
		more = children_reap();
		children_check_ready();
		/* A container that was paused has a deadline behind it, and perhaps a line that waits and that epoll has not told of. */
		if (left_until_orphaned() <= 0)
			control_readable();
		if (left_until_orphaned() <= 0)
			end_all(0);
	}
}
