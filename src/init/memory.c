/*
 * Who was killed here for want of memory, and whether the container's own limit was reached, by the kernel's files about this container's
 * cgroup: of version 2 or 1.
 */
#define _GNU_SOURCE
#include "init.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number behind a word at the beginning of a line, or of the first line for no word; -1 where there is none. */
static long count_in(const char *path, const char *word)
{
	char text[1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	for (char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, word, strlen(word)) == 0)
			return strtol(line + strlen(word), NULL, 10);
	}
	return -1;
}

/* Page by page until there is none left: less than this remains, in bytes. */
#define NEARLY (1024 * 1024)

/* By version 1. Its counts of failures are kept by few kernels, but the most that was ever used is kept by all. */
static bool reached(const char *most_used, const char *limit)
{
	long most = count_in(most_used, "");
	return most >= 0 && most >= count_in(limit, "") - NEARLY;
}

bool memory_counts(long *killed, bool *full)
{
	*killed = count_in("/sys/fs/cgroup/memory.events", "oom_kill ");
	*full = count_in("/sys/fs/cgroup/memory.events", "oom ") > 0;
	if (*killed >= 0)
		return true;
	*killed = count_in("/sys/fs/cgroup/memory/memory.oom_control", "oom_kill ");
	*full = reached("/sys/fs/cgroup/memory/memory.max_usage_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes");
	return *killed >= 0;
}
