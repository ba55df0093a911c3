/* The commands that were asked for, and all processes that lost their parent: pid 1 is everybody's last one. */
#define _GNU_SOURCE
#include "init.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Processes reaped in one turn: whoever breeds them quickly must not keep us from everything else. */
#define REAPED_AT_ONCE 512

struct command {
	char **words;
	pid_t pid;
};

enum state state = STARTING;
static struct command commands[8];
static int command_count;
static int ready_port;
static int nothing = -1;

bool children_parse(int count, char **words)
{
	for (int i = 0, first = 0; i <= count; i++) {
		if (i < count && strcmp(words[i], "---") != 0)
			continue;
		if (i == first || command_count == (int)(sizeof commands / sizeof *commands))
			return false;
		commands[command_count++].words = words + first;
		words[i] = NULL;
		first = i + 1;
	}
	return true;
}

void children_set_ready_port(int port)
{
	ready_port = port;
}

static _Noreturn void become(char **words)
{
	sigset_t none;
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	/* Never our stdout: whoever holds it could answer the agent in our place. */
	if (dup2(nothing, 0) == 0 && dup2(2, 1) == 1)
		execvp(words[0], words);
	dprintf(2, "tggrid-init: %s: %s\n", words[0], strerror(errno));
	_exit(127);
}

static const char *name_of(const struct command *command)
{
	const char *slash = strrchr(command->words[0], '/');
	return slash == NULL ? command->words[0] : slash + 1;
}

void children_start(void)
{
	if (nothing < 0)
		nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	state = STARTING;
	for (int i = 0; i < command_count; i++) {
		commands[i].pid = fork();
		if (commands[i].pid == 0)
			become(commands[i].words);
		if (commands[i].pid < 0) {
			say("exited %s exit 126\n", name_of(&commands[i]));
			end_all(1);
		}
	}
	if (ready_port == 0) {
		state = READY;
		say("ready\n");
	}
}

/* What ends from now on was told to. */
void children_forget(void)
{
	for (int i = 0; i < command_count; i++)
		commands[i].pid = 0;
}

static void report(pid_t pid, int status)
{
	for (int i = 0; i < command_count; i++) {
		if (commands[i].pid != pid)
			continue;
		bool killed = WIFSIGNALED(status);
		say("exited %s %s %d\n", name_of(&commands[i]), killed ? "signal" : "exit", killed ? WTERMSIG(status) : WEXITSTATUS(status));
		end_all(1);
	}
}

bool children_reap(void)
{
	for (int i = 0; i < REAPED_AT_ONCE; i++) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);
		if (pid <= 0)
			return false;
		report(pid, status);
	}
	return true;
}

static bool accepts(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	bool connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	if (!connected && errno == EINPROGRESS) {
		struct pollfd waited = { .fd = fd, .events = POLLOUT };
		int failure = 1;
		socklen_t size = sizeof failure;
		connected = poll(&waited, 1, 20) == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
	}
	close(fd);
	return connected;
}

void children_check_ready(void)
{
	if (state != STARTING || !accepts(ready_port))
		return;
	state = READY;
	say("ready\n");
}

/* SIGTERM, some time to end, SIGKILL. */
void terminate_all(int patience_ms)
{
	children_forget();
	int64_t deadline = now_ms() + patience_ms;
	kill(-1, SIGTERM);
	while (now_ms() < deadline) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);
		if (pid < 0)
			break;
		if (pid == 0)
			poll(NULL, 0, 5);
	}
	kill(-1, SIGKILL);
}
