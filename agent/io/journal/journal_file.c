/* Files: their names, how one is begun, written, read and removed, and what is found at start-up.
 * A write that the disk takes only in part is taken back, so a segment ends with a whole record
 * unless the machine stopped; then the reader skips the torn tail. Every boot writes segments of its
 * own: nobody appends to a file that an earlier boot may have left torn. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/io/journal/journal_internal.h"
#include "common/core/grow.h"

int (*journal_fault_hook)(const char *op);

int journal_fault(const char *op)
{
	return journal_fault_hook != NULL ? journal_fault_hook(op) : 0;
}

void segment_name(char *buf, size_t size, uint64_t id)
{
	(void)snprintf(buf, size, "%016llx.lwj", (unsigned long long)id);
}

static uint64_t wall_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The folder, made again where somebody removed it. */
static int folder_open(struct journal *j)
{
	struct stat st;

	if (j->dirfd >= 0 && fstat(j->dirfd, &st) == 0 && st.st_nlink > 0)
		return 0;
	if (j->dirfd >= 0)
		(void)close(j->dirfd);
	j->dirfd = -1;
	for (char *slash = strchr(j->path + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(j->path, 0750);
		*slash = '/';
	}
	if (mkdir(j->path, 0750) < 0 && errno != EEXIST)
		return -errno;
	j->dirfd = open(j->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return j->dirfd < 0 ? -errno : 0;
}

int segment_load(struct journal *j, const struct segment *s, uint8_t **ret, size_t *ret_len)
{
	char name[32];
	size_t len = 0;
	ssize_t got = 1;

	segment_name(name, sizeof name, s->id);
	int fd = openat(j->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	uint8_t *bytes = malloc(SEGMENT_MOST);
	while (bytes != NULL && got > 0 && len < SEGMENT_MOST) {
		got = read(fd, bytes + len, SEGMENT_MOST - len);
		len += got > 0 ? (size_t)got : 0;
	}
	int r = bytes == NULL ? -ENOMEM : got < 0 ? -errno : 0;
	(void)close(fd);
	if (r < 0) {
		free(bytes);
		return r;
	}
	*ret = bytes;
	*ret_len = len;
	return 0;
}

int segment_write(struct journal *j, const uint8_t *bytes, size_t len)
{
	struct segment *s = &j->segments[j->n - 1];
	int r = journal_fault("write");
	size_t done = 0;

	while (r == 0 && done < len) {
		ssize_t n = pwrite(j->fd, bytes + done, len - done, (off_t)(s->bytes + done));
		if (n < 0 && errno != EINTR)
			r = -errno;
		else if (n == 0)
			r = -ENOSPC;
		else
			done += n > 0 ? (size_t)n : 0;
	}
	if (r < 0) {
		if (done > 0 && ftruncate(j->fd, (off_t)s->bytes) < 0)
			s->bytes += done; /* a torn record stays; the reader skips it */
		return r;
	}
	s->bytes += len;
	return 0;
}

static int segment_row(struct journal *j, const struct segment *s)
{
	struct segment *rows = grow(j->segments, j->n, &j->room, 8, sizeof *rows);

	if (rows == NULL)
		return -ENOMEM;
	j->segments = rows;
	j->segments[j->n++] = *s;
	return 0;
}

/* A name that is taken is a file that could not be removed or looked at while the disk refused. */
static int begin_file(struct journal *j, uint64_t *ret_id)
{
	char name[32];
	int r = journal_fault("open");

	if (r == 0)
		r = folder_open(j);
	if (r == 0 && !j->scanned && j->n == 0)
		r = journal_scan(j);
	if (r < 0)
		return r;
	do {
		*ret_id = j->next_id++;
		segment_name(name, sizeof name, *ret_id);
		j->fd = openat(j->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	} while (j->fd < 0 && errno == EEXIST);
	if (j->fd < 0)
		j->next_id--;
	return j->fd < 0 ? -errno : 0;
}

static int write_start(struct journal *j, const struct spool_header *h)
{
	uint8_t header[SPOOL_HEADER_BYTES], frame[SPOOL_FRAME_BYTES];

	spool_header_write(header, h);
	int r = segment_write(j, header, sizeof header);
	if (r < 0 || j->context == NULL)
		return r;
	spool_frame_write(frame, SPOOL_CONTEXT, j->context, j->context_len);
	r = segment_write(j, frame, sizeof frame);
	return r < 0 ? r : segment_write(j, j->context, j->context_len);
}

int segment_begin(struct journal *j)
{
	struct segment s = { .boot_id = j->boot_id, .created_wall_ms = wall_ms() };
	struct spool_header h = { .boot_id = j->boot_id, .created_wall_ms = s.created_wall_ms };

	segment_end(j);
	int r = begin_file(j, &s.id);
	if (r < 0)
		return r;
	j->begun = true;
	r = segment_row(j, &s);
	if (r == 0)
		r = write_start(j, &h);
	if (r < 0) {
		char name[32];

		segment_name(name, sizeof name, s.id);
		(void)unlinkat(j->dirfd, name, 0);
		(void)close(j->fd);
		j->fd = -1;
		if (j->n > 0 && j->segments[j->n - 1].id == s.id)
			j->n--;
	}
	return r;
}

void segment_end(struct journal *j)
{
	if (j->fd < 0)
		return;
	(void)syncer_request(j->syncer, j->fd, j->dirfd, j->newest_seq, false);
	(void)close(j->fd);
	j->fd = -1;
}

void segment_remove(struct journal *j, size_t i)
{
	char name[32];

	segment_name(name, sizeof name, j->segments[i].id);
	(void)unlinkat(j->dirfd, name, 0);
	if (j->page_id == j->segments[i].id)
		page_drop(j);
	memmove(&j->segments[i], &j->segments[i + 1], (j->n - i - 1) * sizeof *j->segments);
	j->n--;
}

/* Take a record's number into the row. 0, or a refusal when it cannot be read. */
int segment_count(struct segment *s, enum spool_type type, const uint8_t *payload, size_t len)
{
	struct wire_head head;
	int r = wire_report_peek(payload, len, &head);

	if (r != 0 || type == SPOOL_CONTEXT)
		return r;
	if (s->boot_id == 0)
		s->boot_id = head.boot_id; /* its header was lost */
	if (head.boot_id != s->boot_id)
		return WIRE_BAD_VALUE;
	if (s->first == 0 || head.seq < s->first)
		s->first = head.seq;
	if (head.seq > s->last)
		s->last = head.seq;
	s->n++;
	return 0;
}

static int scan_one(struct journal *j, uint64_t id)
{
	struct segment s = { .id = id };
	struct spool_header h = { 0 };
	struct spool_record rec;
	size_t len, at = 0, skipped = 0;
	uint8_t *bytes;

	int r = segment_load(j, &s, &bytes, &len);
	if (r < 0)
		return r;
	if (spool_header_read(bytes, len, &h))
		at = SPOOL_HEADER_BYTES;
	s.boot_id = h.boot_id;
	s.created_wall_ms = h.created_wall_ms;
	s.thinned = h.thinned;
	s.bytes = len;
	while (spool_next(bytes, len, &at, &skipped, &rec))
		if (segment_count(&s, rec.type, rec.payload, rec.len) != 0)
			skipped += rec.len;
	free(bytes);
	if (skipped > 0) {
		j->counters.damaged += skipped;
		log_limited(
			&j->limit_damage, LOG_P_WARNING,
			"the journal is damaged -> the rest of the segment is kept segment=%llu "
			"bytes=%zu reports_left=%u",
			(unsigned long long)id, skipped, s.n);
	}
	r = segment_row(j, &s);
	if (r == 0 && s.n == 0)
		segment_remove(j, j->n - 1);
	return r;
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int journal_scan(struct journal *j)
{
	uint64_t ids[4096];
	size_t n = 0;
	int r = folder_open(j);
	if (r < 0)
		return r;

	DIR *d = opendir(j->path);
	if (d == NULL)
		return -errno;
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		char *end;
		unsigned long long id = strtoull(e->d_name, &end, 16);

		if (end == e->d_name + 16 && strcmp(end, ".lwj") == 0 && id > 0 && n < 4096)
			ids[n++] = id;
		else if (strstr(e->d_name, ".lwj.new") != NULL)
			(void)unlinkat(j->dirfd, e->d_name, 0); /* a thinning that did not finish */
	}
	(void)closedir(d);
	qsort(ids, n, sizeof *ids, by_id);
	j->scanned = true;
	if (n > 0 && ids[n - 1] >= j->next_id)
		j->next_id = ids[n - 1] + 1;
	for (size_t i = 0; i < n; i++) {
		r = scan_one(j, ids[i]);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			log_limited(&j->limit_damage, LOG_P_ERROR,
				    "a journal segment cannot be read -> left out segment=%llu "
				    "reason=\"%s\"",
				    (unsigned long long)ids[i], strerror(-r));
	}
	return 0;
}
