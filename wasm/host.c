/*
 * host.c --- the operating system that e2fsprogs sees inside WebAssembly
 *
 * Linked into every program ahead of the C library, whose functions of the
 * same names are then left out.  Reading and writing stay with the library,
 * which does them by WASI calls; what WASI lacks is here, on four imports
 * of our own (README.md).  There are regular files that exist already and
 * nothing else: no directories, devices, mounts, users or environment.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOST(name) \
	__attribute__((import_module("storeimg"), import_name(#name)))

/* Offsets and sizes are doubles: exact to 2^53, and cheaper to pass than i64. */
HOST(open) int host_open(const char *path, int flags);	/* descriptor or -1 */
HOST(size) double host_size(int fd);
HOST(resize) void host_resize(int fd, double size);
HOST(zero) void host_zero(int fd, double offset, double length);

/* Unbuffered, so that what is said on stdout and stderr keeps its order. */
__attribute__((constructor)) static void unbuffer_stdout(void)
{
	setbuf(stdout, NULL);
}

int open(const char *path, int flags, ...)
{
	int fd = host_open(path, flags);

	if (fd < 0) {
		errno = ENOENT;
	} else if (flags & O_DIRECTORY) {
		close(fd);
		fd = -1;
		errno = ENOTDIR;
	}
	return fd;
}

int fstat(int fd, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_mode = S_IFREG | 0644;
	st->st_nlink = 1;
	st->st_ino = fd;
	st->st_blksize = 4096;
	st->st_size = host_size(fd);
	return 0;
}

int stat(const char *restrict path, struct stat *restrict st)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -1;
	fstat(fd, st);
	return close(fd);
}

int lstat(const char *restrict path, struct stat *restrict st)
{
	return stat(path, st);
}

int access(const char *path, int mode)
{
	struct stat st;

	(void) mode;
	return stat(path, &st);
}

int ftruncate(int fd, off_t length)
{
	host_resize(fd, length);
	return 0;
}

/* Punching a hole and zeroing a range are the same thing to a block store. */
int fallocate(int fd, int mode, off_t offset, off_t length)
{
	if (!(mode & FALLOC_FL_PUNCH_HOLE)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	host_zero(fd, offset, length);
	return 0;
}

int posix_fadvise(int fd, off_t offset, off_t length, int advice)
{
	return 0;
}

/* Configuration files, mount tables, logs: a host that has none answers so. */
FILE *fopen(const char *restrict path, const char *restrict mode)
{
	static const int create[] = {
		['w'] = O_WRONLY | O_CREAT | O_TRUNC,
		['a'] = O_WRONLY | O_CREAT | O_APPEND,
		['r'] = O_RDONLY,
	};
	int fd = open(path, create[*mode & 0x7f]);

	return fd < 0 ? NULL : fdopen(fd, mode);
}

/* WebAssembly's pages of 64 KiB would make mke2fs round the block count. */
long sysconf(int name)
{
	if (name == _SC_PAGESIZE)
		return 4096;
	errno = EINVAL;
	return -1;
}

/* resize2fs takes 0 for the descriptor of a device and wants a second one. */
int dup(int fd)
{
	return fd;
}

/*
 * The clock stands still, and the C library would wait for it: e2fsck does
 * before a filesystem with multiple mount protection, which nobody else has
 * open here.
 */
unsigned sleep(unsigned seconds)
{
	return 0;
}

/*
 * Stable, as glibc's is: in which order equals come out shows in the bytes
 * (e2fsck -D puts the names of one inode next to each other).
 */
void qsort(void *base, size_t count, size_t size,
	   int (*compare)(const void *, const void *))
{
	char *room = malloc(count * size), *from = base, *to = room, *swap;
	size_t run, start, left, middle, right, end, at;

	if (!room && count)
		abort();
	for (run = 1; run < count; run *= 2) {
		for (start = 0; start < count; start = end) {
			left = start;
			right = middle = start + run < count ? start + run : count;
			end = middle + run < count ? middle + run : count;
			for (at = start; at < end; at++) {
				if (right == end ||
				    (left < middle &&
				     compare(from + left * size,
					     from + right * size) <= 0))
					memcpy(to + at * size,
					       from + left++ * size, size);
				else
					memcpy(to + at * size,
					       from + right++ * size, size);
			}
		}
		swap = from;
		from = to;
		to = swap;
	}
	if (from != base)
		memcpy(base, from, count * size);
	free(room);
}

uid_t getuid(void) { return 0; }
uid_t geteuid(void) { return 0; }
gid_t getgid(void) { return 0; }
gid_t getegid(void) { return 0; }

/*
 * Used for one thing that can happen here: e2fsck jumps out of a pass after a
 * fatal error, which it has already reported, to end with this status.
 */
#undef setjmp
int setjmp(jmp_buf env)
{
	return 0;
}

_Noreturn void longjmp(jmp_buf env, int value)
{
	exit(8);	/* FSCK_ERROR */
}

/* e2fsck writes its log from a second process; there is none. */
int daemon(int nochdir, int noclose)
{
	errno = ENOSYS;
	return -1;
}
