/*
 * Passes bytes between connections to a port of the container and a port of its loopback, where the browser's DevTools listen.
 * Bytes wait in the kernel's buffers only: what is read is first looked at (MSG_PEEK) and then taken as far as it could be passed on.
 * So a connection costs no memory of ours, and a reader that stands still makes its writer stand still.
 */
#define _GNU_SOURCE
#include "init.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MOST 2048
#define CHUNK (64 * 1024)
/* Chunks that one direction may pass on before the others get their turn. */
#define CHUNKS_AT_ONCE 4

/* Side 0 is the client, side 1 the browser. */
struct connection {
	int fd[2];
	/* What epoll was asked for; 0 before the first time. */
	uint32_t watched[2];
	/* What side N has sent is at its end, and has been passed on. */
	bool ended[2];
	/* Side N has to take bytes before more are read from the other. */
	bool full[2];
	bool connecting, used;
	/* Events of an earlier connection in the same place are not for this one. */
	uint32_t turn;
};

static struct connection connections[CONNECTIONS_MOST];
static int open_count, listener = -1, target, own_port;
static bool listening;

static void listen_again(bool wanted)
{
	if (listener < 0 || listening == wanted)
		return;
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = ABOUT_LISTENER };
	epoll_ctl(poller, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener, &event);
	listening = wanted;
}

bool forward_listen(int port)
{
	int yes = 1;
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = { htonl(INADDR_ANY) } };
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 128) != 0)
		return false;
	own_port = port;
	listen_again(true);
	return true;
}

/* False for our own port: a connection would lead to itself, again and again. */
bool forward_to(int port)
{
	if (port != 0 && (listener < 0 || port == own_port))
		return false;
	if (port == 0)
		forward_close_all();
	target = port;
	listen_again(true);
	return true;
}

int forward_target(void)
{
	return target;
}

static void watch(struct connection *connection, int side, uint32_t wanted)
{
	uint64_t index = (uint64_t)(connection - connections);
	/* Where nothing is wanted a break still has to be told, but once: EPOLLHUP would come again and again. */
	uint32_t events = wanted == 0 ? (uint32_t)EPOLLET : wanted;
	if (connection->watched[side] == events)
		return;
	struct epoll_event event = { .events = events, .data.u64 = ABOUT_CONNECTION | (uint64_t)(connection->turn & 0x7fffffff) << 32 | index << 1 | (uint64_t)side };
	epoll_ctl(poller, connection->watched[side] == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, connection->fd[side], &event);
	connection->watched[side] = events;
}

static void close_connection(struct connection *connection)
{
	close(connection->fd[0]);
	close(connection->fd[1]);
	connection->used = false;
	connection->turn++;
	open_count--;
	listen_again(true);
}

void forward_close_all(void)
{
	for (int i = 0; i < CONNECTIONS_MOST && open_count > 0; i++)
		if (connections[i].used)
			close_connection(&connections[i]);
}

/* From one side to the other until nothing is left, nothing more fits, or it is the others' turn. False when the connection is broken. */
static bool pass(struct connection *connection, int from)
{
	static char bytes[CHUNK];
	int to = 1 - from;
	for (int i = 0; i < CHUNKS_AT_ONCE && !connection->ended[from]; i++) {
		ssize_t seen = recv(connection->fd[from], bytes, sizeof bytes, MSG_PEEK);
		if (seen < 0)
			return errno == EAGAIN || errno == EINTR;
		if (seen == 0) {
			connection->ended[from] = true;
			shutdown(connection->fd[to], SHUT_WR);
			return true;
		}
		ssize_t sent = send(connection->fd[to], bytes, (size_t)seen, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		connection->full[to] = sent < seen;
		/* MSG_TRUNC: taken off without being copied again (tcp(7)). */
		if (sent > 0 && recv(connection->fd[from], NULL, (size_t)sent, MSG_TRUNC) != sent)
			return false;
		if (connection->full[to])
			return true;
	}
	return true;
}

static void watch_both(struct connection *connection)
{
	for (int side = 0; side < 2; side++) {
		int other = 1 - side;
		bool reads = !connection->ended[side] && !connection->full[other];
		bool writes = connection->full[side] && !connection->ended[other];
		watch(connection, side, (reads ? (uint32_t)EPOLLIN : 0) | (writes ? (uint32_t)EPOLLOUT : 0));
	}
}

static bool is_connected(struct connection *connection)
{
	int failure = 1;
	socklen_t size = sizeof failure;
	return getsockopt(connection->fd[1], SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
}

static struct connection *connection_of(uint64_t about)
{
	struct connection *connection = &connections[(about & 0xffffffff) >> 1];
	bool current = connection->used && (connection->turn & 0x7fffffff) == (about >> 32 & 0x7fffffff);
	return current ? connection : NULL;
}

void forward_event(uint64_t about, uint32_t events)
{
	struct connection *connection = connection_of(about);
	if (connection == NULL)
		return;
	int side = (int)(about & 1);
	bool sound = (events & EPOLLERR) == 0 && (!connection->connecting || is_connected(connection));
	connection->connecting = false;
	if (events & EPOLLOUT)
		connection->full[side] = false;
	for (int from = 0; from < 2 && sound; from++)
		if (!connection->full[1 - from])
			sound = pass(connection, from);
	if (!sound || (connection->ended[0] && connection->ended[1]))
		close_connection(connection);
	else
		watch_both(connection);
}

static struct connection *free_place(void)
{
	static int next;
	for (int i = 0; i < CONNECTIONS_MOST; i++) {
		struct connection *connection = &connections[(next + i) % CONNECTIONS_MOST];
		if (connection->used)
			continue;
		next = (int)(connection - connections) + 1;
		return connection;
	}
	return NULL;
}

/* Starts the way to the browser. False when there is none: the client is closed then. */
static bool lead_on(struct connection *connection)
{
	int yes = 1;
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)target), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = target == 0 ? -1 : socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) {
		close(fd);
		return false;
	}
	connection->fd[1] = fd;
	for (int side = 0; side < 2; side++)
		setsockopt(connection->fd[side], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	connection->connecting = true;
	open_count++;
	watch(connection, 1, EPOLLOUT);
	return true;
}

void forward_accept(void)
{
	for (int i = 0; i < 64; i++) {
		struct connection *connection = free_place();
		int fd = connection == NULL ? -1 : accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			/* No room for one more: the next that closes makes some. What waits at the listener would wake us without end. */
			if (connection == NULL || errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
				listen_again(false);
			return;
		}
		uint32_t turn = connection->turn;
		*connection = (struct connection) { .fd = { fd, -1 }, .turn = turn };
		connection->used = lead_on(connection);
		if (!connection->used)
			close(fd);
	}
}
