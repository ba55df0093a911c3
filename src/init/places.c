/*
 * The places that can be written: every mount that is not read-only. What they hold before the first command stays, and has to be
 * unchanged; everything else is removed.
 */
#define _GNU_SOURCE
#include "init.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PLACES_MOST 64
#define KEPT_NAMES_MOST 256

struct place {
	char *path;
	int fd;
	mode_t mode;
	struct keeper keeper;
	uint64_t fingerprint;
};

static struct place places[PLACES_MOST];
static size_t place_count;
/* Why this container can never be told to be clean. */
static const char *flaw;

static const char *because(const char *what, const char *path)
{
	static char why[512];
	snprintf(why, sizeof why, "%.400s %s", path, what);
	return why;
}

static bool starts_with(const char *text, const char *begin)
{
	size_t length = strlen(begin);
	return strncmp(text, begin, length) == 0 && (text[length] == '\0' || text[length] == '/');
}

/* The kernel's own views, where nothing can be kept; and /dev, whose root is the system's, but not what is mounted below it. */
static bool holds_no_files(const char *path)
{
	return starts_with(path, "/proc") || starts_with(path, "/sys") || strcmp(path, "/dev") == 0 || starts_with(path, "/dev/pts") || strcmp(path, "/dev/console") == 0;
}

static void keep_names(struct place *place)
{
	DIR *stream = fdopendir(openat(place->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	place->keeper.names = calloc(KEPT_NAMES_MOST, sizeof(char *));
	while (stream != NULL && (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (place->keeper.count == KEPT_NAMES_MOST) {
			flaw = because("holds too many files from the start", place->path);
			break;
		}
		place->keeper.names[place->keeper.count++] = strdup(entry->d_name);
	}
	if (stream == NULL)
		flaw = because("cannot be looked through", place->path);
	else
		closedir(stream);
}

/* Files that are mounted one by one, such as /etc/hosts, cannot be emptied: they must not be writable. */
static void record_file(const char *path)
{
	struct stat stat;
	if (lstat(path, &stat) == 0 && S_ISREG(stat.st_mode) && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
		flaw = because("is a file that can be written", strdup(path));
}

static void record(const char *path)
{
	struct stat stat;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return record_file(path);
	if (fd < 0 && faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)
		return; /* nobody of our uid gets in there */
	if (fd < 0 || place_count == PLACES_MOST || fstat(fd, &stat) != 0) {
		flaw = because("cannot be looked through", strdup(path));
		return;
	}
	struct place *place = &places[place_count++];
	*place = (struct place) { .path = strdup(path), .fd = fd, .mode = stat.st_mode & 07777 };
	keep_names(place);
	if (!tree_fingerprint(fd, &place->keeper, &place->fingerprint))
		flaw = because("holds more from the start than can be looked through", place->path);
}

/* Spaces and the like are written as \040 (proc(5)). */
static void unescape(char *text)
{
	char *to = text;
	for (char *from = text; *from != '\0'; to++) {
		unsigned code;
		if (from[0] == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
			*to = (char)code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

void places_record(void)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	if (mounts == NULL)
		flaw = "the mounts cannot be listed";
	while (mounts != NULL && getline(&line, &size, mounts) > 0) {
		char path[4097], options[65];
		if (sscanf(line, "%*s %*s %*s %*s %4096s %64s", path, options) != 2)
			continue;
		unescape(path);
		bool writable = strncmp(options, "rw", 2) == 0;
		if (writable && strcmp(path, "/") == 0)
			flaw = "the root file system is not read-only";
		else if (writable && !holds_no_files(path))
			record(path);
	}
	free(line);
	if (mounts != NULL)
		fclose(mounts);
}

/* A folder's own mode, times and attributes can say something too, where it is its user's. */
static bool restore_root(struct place *place)
{
	struct stat stat;
	char names[4096];
	if (fstat(place->fd, &stat) != 0 || ((stat.st_mode & 07777) != place->mode && fchmod(place->fd, place->mode) != 0))
		return false;
	ssize_t length = flistxattr(place->fd, names, sizeof names);
	if (length < 0)
		return errno == ENOTSUP || errno == EOPNOTSUPP;
	for (char *name = names; name < names + length; name += strlen(name) + 1)
		if ((strncmp(name, "user.", 5) == 0 || strncmp(name, "system.posix_acl", 16) == 0) && fremovexattr(place->fd, name) != 0)
			return false;
	return fchmod(place->fd, place->mode) == 0 || stat.st_uid != geteuid();
}

const char *places_empty(int64_t deadline, unsigned long *removed)
{
	if (flaw != NULL)
		return flaw;
	for (size_t i = 0; i < place_count; i++) {
		struct place *place = &places[i];
		/* Its owner may have taken our own permission to look into it. */
		if (!restore_root(place))
			return because("cannot be made as it was", place->path);
		if (!tree_empty(place->fd, &place->keeper, deadline, removed))
			return because(now_ms() > deadline ? "took too long to empty" : "cannot be emptied", place->path);
		futimens(place->fd, NULL);
	}
	return NULL;
}

const char *places_verify(void)
{
	for (size_t i = 0; i < place_count; i++) {
		uint64_t fingerprint;
		if (tree_holds_more(places[i].fd, &places[i].keeper))
			return because("is not empty", places[i].path);
		if (!tree_fingerprint(places[i].fd, &places[i].keeper, &fingerprint) || fingerprint != places[i].fingerprint)
			return because("had files from the start that were changed", places[i].path);
	}
	return NULL;
}
