/*
 * full_disk.c
 *		A disk that becomes full: loaded before a server's own libraries, it lets each process write
 *		so many bytes to temporary files, then fails with ENOSPC.
 *
 * How many stands in the file that FULL_DISK names. What a process has tried to write is added to that
 * file's namesake with the suffix .written.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static long long written = 0;
static long long limit = -1;

static void *
original(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static int
is_temporary(int fd)
{
	char		link[64];
	char		path[PATH_MAX];
	ssize_t		length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return 0;
	path[length] = '\0';
	return strstr(path, "pgsql_tmp") != NULL;
}

/* How much of it there is room for; like a file system, it takes part of it before it fails. */
static ssize_t
room_for(size_t size)
{
	long long	room;

	if (limit < 0)
	{
		FILE	   *file = fopen(getenv("FULL_DISK"), "r");

		if (file == NULL || fscanf(file, "%lld", &limit) != 1)
			limit = LLONG_MAX;
		if (file != NULL)
			fclose(file);
	}
	room = limit - written;
	written += size;
	if (room > 0)
		return (long long) size < room ? (ssize_t) size : (ssize_t) room;
	errno = ENOSPC;
	return -1;
}

__attribute__((destructor)) static void
report(void)
{
	char		path[PATH_MAX];
	FILE	   *file;

	if (written == 0 || getenv("FULL_DISK") == NULL)
		return;
	snprintf(path, sizeof(path), "%s.written", getenv("FULL_DISK"));
	file = fopen(path, "a");
	if (file != NULL)
	{
		fprintf(file, "%lld\n", written);
		fclose(file);
	}
}

/* ----------
 * Calls of the server
 * ----------
 */

ssize_t
write(int fd, const void *bytes, size_t size)
{
	ssize_t		(*next) (int, const void *, size_t) = original("write");
	ssize_t		room = is_temporary(fd) ? room_for(size) : (ssize_t) size;

	return room < 0 ? -1 : next(fd, bytes, room);
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	ssize_t		(*next) (int, const void *, size_t, off_t) = original("pwrite");
	ssize_t		room = is_temporary(fd) ? room_for(size) : (ssize_t) size;

	return room < 0 ? -1 : next(fd, bytes, room, offset);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	return pwrite(fd, bytes, size, offset);
}

ssize_t
pwritev(int fd, const struct iovec *parts, int n, off_t offset)
{
	ssize_t		done = 0;

	for (int i = 0; i < n; i++)
	{
		ssize_t		result = pwrite(fd, parts[i].iov_base, parts[i].iov_len, offset + done);

		if (result < 0)
			return done > 0 ? done : -1;
		done += result;
		if (result < (ssize_t) parts[i].iov_len)
			break;
	}
	return done;
}

ssize_t
pwritev64(int fd, const struct iovec *parts, int n, off64_t offset)
{
	return pwritev(fd, parts, n, offset);
}

/* ----------
 * Streams, whose writes the C library keeps to itself
 * ----------
 */

static ssize_t
read_cookie(void *stream, char *bytes, size_t size)
{
	size_t		result = fread(bytes, 1, size, stream);

	return result == 0 && ferror((FILE *) stream) ? -1 : (ssize_t) result;
}

static ssize_t
write_cookie(void *stream, const char *bytes, size_t size)
{
	ssize_t		room = room_for(size);
	size_t		done = room > 0 ? fwrite(bytes, 1, room, stream) : 0;

	if (done < size)
		errno = ENOSPC;
	return done;
}

static int
seek_cookie(void *stream, off64_t *offset, int whence)
{
	int			result = fseeko64(stream, *offset, whence);

	*offset = ftello64(stream);
	return result;
}

static int
close_cookie(void *stream)
{
	return fclose(stream);
}

FILE *
fopen64(const char *path, const char *mode)
{
	static const cookie_io_functions_t functions = {read_cookie, write_cookie, seek_cookie, close_cookie};
	FILE	   *(*next) (const char *, const char *) = original("fopen64");
	FILE	   *stream = next(path, mode);

	if (stream == NULL || strstr(path, "pgsql_tmp") == NULL)
		return stream;
	setvbuf(stream, NULL, _IONBF, 0);
	return fopencookie(stream, mode, functions);
}

FILE *
fopen(const char *path, const char *mode)
{
	return fopen64(path, mode);
}
