/*
 * Empties folders. By descriptors and single names, never by paths: a tree may be deeper than any path is long. Nothing else runs
 * meanwhile, so that what was looked at stays as it was.
 */
#define _GNU_SOURCE
#include "init.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* What stays in a folder may be a tree of its own, up to this size: more is not looked through between two sessions. */
#define KEPT_MOST 10000
#define KEPT_DEPTH 32

struct work {
	int top;
	int64_t deadline;
	unsigned long *removed;
	/* Names that nobody in the container could know: what is moved to the top gets one. */
	uint64_t secret, serial;
	unsigned long steps;
};

bool keeper_has(const struct keeper *keeper, const char *name)
{
	for (size_t i = 0; i < keeper->count; i++)
		if (strcmp(keeper->names[i], name) == 0)
			return true;
	return false;
}

static DIR *list(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	if (stream == NULL && fd >= 0)
		close(fd);
	return stream;
}

static bool is_itself(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool late(struct work *work)
{
	return ++work->steps % 256 == 0 && now_ms() > work->deadline;
}

/* 1: removed; 0: a folder that is not empty; -1: cannot be removed, such as a mount point. */
static int remove_name(struct work *work, int folder, const char *name)
{
	if (unlinkat(folder, name, 0) == 0 || ((errno == EISDIR || errno == EPERM) && unlinkat(folder, name, AT_REMOVEDIR) == 0)) {
		++*work->removed;
		return 1;
	}
	return errno == ENOTEMPTY || errno == EEXIST ? 0 : -1;
}

static bool move_to_top(struct work *work, int folder, const char *name)
{
	char fresh[64];
	snprintf(fresh, sizeof fresh, ".%016llx-%llu", (unsigned long long)work->secret, (unsigned long long)work->serial++);
	return fchmodat(folder, name, 0700, 0) == 0 && renameat(folder, name, work->top, fresh) == 0;
}

/* Removes what is in a folder at the top; the folders in it that are not empty become folders at the top. So depth costs nothing. */
static bool flatten(struct work *work, const char *name)
{
	if (fchmodat(work->top, name, 0700, 0) != 0)
		return false;
	int fd = openat(work->top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	if (stream == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	bool going = true;
	struct dirent *entry;
	while (going && (entry = readdir(stream)) != NULL) {
		if (is_itself(entry->d_name))
			continue;
		int result = remove_name(work, fd, entry->d_name);
		going = !late(work) && (result > 0 || (result == 0 && move_to_top(work, fd, entry->d_name)));
	}
	closedir(stream);
	return going;
}

/* One look at the top. How many names were there that do not stay; -1 when one of them cannot be removed. */
static long sweep(struct work *work, const struct keeper *keeper)
{
	DIR *stream = list(work->top);
	if (stream == NULL)
		return -1;
	long found = 0;
	struct dirent *entry;
	while (found >= 0 && (entry = readdir(stream)) != NULL) {
		if (is_itself(entry->d_name) || keeper_has(keeper, entry->d_name))
			continue;
		found++;
		int result = remove_name(work, work->top, entry->d_name);
		if (late(work) || result < 0 || (result == 0 && !flatten(work, entry->d_name)))
			found = -1;
	}
	closedir(stream);
	return found;
}

bool tree_empty(int folder, const struct keeper *keeper, int64_t deadline, unsigned long *removed)
{
	struct work work = { .top = folder, .deadline = deadline, .removed = removed };
	if (getrandom(&work.secret, sizeof work.secret, 0) != sizeof work.secret)
		return false;
	long found;
	do
		found = sweep(&work, keeper);
	while (found > 0 && now_ms() <= deadline);
	return found == 0;
}

bool tree_holds_more(int folder, const struct keeper *keeper)
{
	DIR *stream = list(folder);
	if (stream == NULL)
		return true;
	bool more = false;
	struct dirent *entry;
	errno = 0;
	while (!more && (entry = readdir(stream)) != NULL)
		more = !is_itself(entry->d_name) && !keeper_has(keeper, entry->d_name);
	more = more || errno != 0;
	closedir(stream);
	return more;
}

/* FNV-1a. */
static void mix(uint64_t *hash, const void *data, size_t length)
{
	for (const unsigned char *byte = data; length > 0; byte++, length--)
		*hash = (*hash ^ *byte) * UINT64_C(1099511628211);
}

struct look {
	uint64_t hash;
	unsigned long count;
	dev_t device;
};

/* With keeper, only the names that it has. Entries are added, not chained: their order may change. */
static bool look_through(struct look *look, int folder, const struct keeper *keeper, int depth)
{
	DIR *stream = depth > KEPT_DEPTH ? NULL : list(folder);
	if (stream == NULL)
		return false;
	bool whole = true;
	struct dirent *entry;
	while (whole && (entry = readdir(stream)) != NULL) {
		struct stat stat;
		if (is_itself(entry->d_name) || (keeper != NULL && !keeper_has(keeper, entry->d_name)))
			continue;
		if (++look->count > KEPT_MOST || fstatat(dirfd(stream), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) != 0) {
			whole = false;
			break;
		}
		uint64_t hash = UINT64_C(14695981039346656037);
		mix(&hash, entry->d_name, strlen(entry->d_name));
		/* A mount point below shows the root of what is mounted there, which is looked at as a place of its own. */
		if (stat.st_dev == look->device) {
			uint64_t facts[] = { stat.st_ino, stat.st_mode, stat.st_uid, stat.st_gid, (uint64_t)stat.st_size, (uint64_t)stat.st_ctim.tv_sec, (uint64_t)stat.st_ctim.tv_nsec };
			mix(&hash, facts, sizeof facts);
		}
		look->hash += hash;
		if (S_ISDIR(stat.st_mode) && stat.st_dev == look->device) {
			int fd = openat(dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			/* What even we cannot open, nobody of our uid could change. */
			whole = fd < 0 ? errno == EACCES && stat.st_uid != geteuid() : look_through(look, fd, NULL, depth + 1);
			if (fd >= 0)
				close(fd);
		}
	}
	closedir(stream);
	return whole;
}

/* Of what stays: whether anything in it was changed. False when it cannot be told. */
bool tree_fingerprint(int folder, const struct keeper *keeper, uint64_t *result)
{
	struct stat stat;
	struct look look = { 0 };
	if (fstat(folder, &stat) != 0)
		return false;
	look.device = stat.st_dev;
	bool whole = look_through(&look, folder, keeper, 0);
	*result = look.hash + look.count;
	return whole;
}
