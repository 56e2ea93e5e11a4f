/*
 * Stands between a process and its disk and clock (LD_PRELOAD).
 *
 * FAULTS_FILE     path of the database: writes to this file and to those beside it whose names begin with its name are seen
 * FAULTS_JOURNAL  where they are noted, with the syncs, in the order in which they happened
 * FAULTS_CUT      after so many writes to those files the process is killed, at once
 * FAULTS_CONTROL  a file of three 64-bit numbers: the error number with which writes fail, the one with which syncs fail (0:
 *                 none), and how many milliseconds the time of day is ahead of the real one
 *
 * A note: operation (u32), length of the name (u32), offset (u64), length (u64), the name, the bytes of a write.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum operation { WRITTEN = 1, TRUNCATED = 2, SYNC_BEGUN = 3, SYNCED = 4, REMOVED = 5 };

struct note {
	uint32_t operation, name_length;
	uint64_t offset, length;
};

static const char *watched;
static size_t watched_length;
static int journal = -1;
static long cut, writes;
static const volatile int64_t no_faults[3];
static const volatile int64_t *control = no_faults;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(&real_##name, #name))
static void *real_pwrite64, *real_write, *real_ftruncate64, *real_fsync, *real_fdatasync, *real_unlink, *real_clock_gettime,
	*real_gettimeofday, *real_time;

static void *real(void **kept, const char *name) {
	if (!*kept) *kept = dlsym(RTLD_NEXT, name);
	return *kept;
}

__attribute__((constructor)) static void begin(void) {
	watched = getenv("FAULTS_FILE");
	watched_length = watched ? strlen(watched) : 0;
	const char *path = getenv("FAULTS_JOURNAL");
	if (path) journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	path = getenv("FAULTS_CUT");
	cut = path ? atol(path) : 0;
	path = getenv("FAULTS_CONTROL");
	if (path) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		void *found = fd < 0 ? MAP_FAILED : mmap(NULL, 24, PROT_READ, MAP_SHARED, fd, 0);
		if (found == MAP_FAILED) {
			fprintf(stderr, "shim: no control file %s\n", path);
			abort();
		}
		control = found;
	}
}

/* The name from the database's own on ("", "-wal"), or NULL for any other file. The index beside the log is not told. */
static const char *watched_name(int fd, char *path) {
	if (!watched) return NULL;
	char link[40];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, 4095);
	if (length < (ssize_t)watched_length || memcmp(path, watched, watched_length)) return NULL;
	path[length] = 0;
	return strcmp(path + watched_length, "-shm") ? path + watched_length : NULL;
}

static void note(enum operation operation, const char *name, uint64_t offset, const void *bytes, uint64_t length) {
	if (journal < 0) return;
	struct note head = {operation, (uint32_t)strlen(name), offset, length};
	struct iovec parts[3] = {{&head, sizeof head}, {(void *)name, head.name_length}, {(void *)bytes, bytes ? length : 0}};
	if (writev(journal, parts, 3) < 0) abort();
	if (operation == WRITTEN && ++writes == cut) kill(getpid(), SIGKILL);
}

static int fails(int64_t number) {
	if (number) errno = (int)number;
	return number != 0;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
	char path[4096];
	const char *name = watched_name(fd, path);
	if (!name) return REAL(pwrite64)(fd, bytes, length, offset);
	if (fails(control[0])) return -1;
	pthread_mutex_lock(&order);
	ssize_t written = REAL(pwrite64)(fd, bytes, length, offset);
	if (written > 0) note(WRITTEN, name, offset, bytes, written);
	pthread_mutex_unlock(&order);
	return written;
}

ssize_t write(int fd, const void *bytes, size_t length) {
	char path[4096];
	const char *name = watched_name(fd, path);
	if (!name) return REAL(write)(fd, bytes, length);
	if (fails(control[0])) return -1;
	pthread_mutex_lock(&order);
	off64_t offset = lseek64(fd, 0, SEEK_CUR);
	ssize_t written = REAL(write)(fd, bytes, length);
	if (written > 0) note(WRITTEN, name, offset, bytes, written);
	pthread_mutex_unlock(&order);
	return written;
}

int ftruncate64(int fd, off64_t length) {
	char path[4096];
	const char *name = watched_name(fd, path);
	if (!name) return REAL(ftruncate64)(fd, length);
	if (fails(control[0])) return -1;
	pthread_mutex_lock(&order);
	int result = REAL(ftruncate64)(fd, length);
	if (result == 0) note(TRUNCATED, name, length, NULL, 0);
	pthread_mutex_unlock(&order);
	return result;
}

int unlink(const char *file) {
	int seen = watched && !strncmp(file, watched, watched_length) && strcmp(file + watched_length, "-shm");
	pthread_mutex_lock(&order);
	int result = REAL(unlink)(file);
	if (result == 0 && seen) note(REMOVED, file + watched_length, 0, NULL, 0);
	pthread_mutex_unlock(&order);
	return result;
}

static int sync_with(int (*sync)(int), int fd) {
	char path[4096];
	const char *name = watched_name(fd, path);
	if (!name) return sync(fd);
	if (fails(control[1])) return -1;
	note(SYNC_BEGUN, name, 0, NULL, 0);
	int result = sync(fd);
	if (result == 0) note(SYNCED, name, 0, NULL, 0);
	return result;
}

int fsync(int fd) { return sync_with(REAL(fsync), fd); }
int fdatasync(int fd) { return sync_with(REAL(fdatasync), fd); }

int clock_gettime(clockid_t clock, struct timespec *now) {
	int result = REAL(clock_gettime)(clock, now);
	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += control[2] / 1000;
	return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
	int result = REAL(gettimeofday)(now, zone);
	if (result == 0) now->tv_sec += control[2] / 1000;
	return result;
}

time_t time(time_t *kept) {
	time_t now = REAL(time)(NULL) + control[2] / 1000;
	if (kept) *kept = now;
	return now;
}
