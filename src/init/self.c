/*
 * Limits, niceness and scheduling: a neighbour of our uid may change ours (prlimit(2) and sched_setattr(2) ask for nothing more),
 * and the next session's processes would inherit them.
 */
#define _GNU_SOURCE
#include "init.h"
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct sched_attr of sched_setattr(2), which this C library lacks: policy, niceness, priority, and the bounds of utilization. */
struct schedule {
	uint32_t size, policy;
	uint64_t flags;
	int32_t niceness;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t least, most;
};

static struct rlimit limits[RLIM_NLIMITS];
static struct schedule schedule;
static long io_priority;

static void read_schedule(struct schedule *result)
{
	memset(result, 0, sizeof *result);
	syscall(SYS_sched_getattr, 0, result, sizeof *result, 0);
}

static long read_io_priority(void)
{
	return syscall(SYS_ioprio_get, 1, 0);
}

void self_record(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		getrlimit(i, &limits[i]);
	read_schedule(&schedule);
	io_priority = read_io_priority();
}

static bool restore_schedule(void)
{
	struct schedule now;
	cpu_set_t all;
	memset(&all, 255, sizeof all);
	/* The kernel takes from it what the container may use at this time. */
	sched_setaffinity(0, sizeof all, &all);
	read_schedule(&now);
	if (memcmp(&now, &schedule, sizeof now) == 0)
		return true;
	syscall(SYS_sched_setattr, 0, &schedule, 0);
	read_schedule(&now);
	return memcmp(&now, &schedule, sizeof now) == 0;
}

const char *self_restore(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		/* A hard limit that was lowered cannot be raised again. */
		if (setrlimit(i, &limits[i]) != 0)
			return "a limit of the container's first process was lowered";
	if (!restore_schedule())
		return "the scheduling of the container's first process was changed";
	if (read_io_priority() != io_priority && syscall(SYS_ioprio_set, 1, 0, io_priority) != 0)
		return "the I/O priority of the container's first process was changed";
	return NULL;
}
