#include "collector/io/http/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

struct file {
	char *path; /* from the root: "/assets/app.js" */
	const char *type;
	char *body, *small; /* small NULL: not worth it */
	size_t len, small_len;
	char etag[40];
};

struct files {
	struct file *all;
	size_t n, bytes;
};

static const struct {
	const char *extension, *type;
	bool text;
} types[] = {
	{ ".html", "text/html; charset=utf-8", true },
	{ ".js", "text/javascript; charset=utf-8", true },
	{ ".css", "text/css; charset=utf-8", true },
	{ ".json", "application/json", true },
	{ ".webmanifest", "application/manifest+json", true },
	{ ".svg", "image/svg+xml", true },
	{ ".png", "image/png", false },
	{ ".ico", "image/x-icon", false },
	{ ".wav", "audio/wav", false },
	{ ".mp3", "audio/mpeg", false },
	{ ".txt", "text/plain; charset=utf-8", true },
};

static int read_whole(int dir, const char *name, char **ret, size_t *ret_len)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st = { 0 };
	size_t have = 0;
	char *buf = NULL;
	int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

	if (r == 0 && st.st_size > FILES_BYTES_MAX)
		r = -EFBIG;
	if (r == 0)
		buf = malloc((size_t)st.st_size + 1);
	if (r == 0 && buf == NULL)
		r = -ENOMEM;
	while (r == 0 && have < (size_t)st.st_size) {
		ssize_t n = read(fd, buf + have, (size_t)st.st_size - have);

		if (n <= 0)
			r = n < 0 ? -errno : -EIO;
		else
			have += (size_t)n;
	}
	if (fd >= 0)
		(void)close(fd);
	if (r < 0) {
		free(buf);
		return r;
	}
	*ret = buf;
	*ret_len = have;
	return 0;
}

static void compress_file(struct file *f)
{
	z_stream z = { 0 };
	size_t bound;

	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	bound = deflateBound(&z, f->len);
	f->small = malloc(bound);
	z.next_in = (Bytef *)f->body;
	z.avail_in = (uInt)f->len;
	z.next_out = (Bytef *)f->small;
	z.avail_out = (uInt)bound;
	if (f->small == NULL || deflate(&z, Z_FINISH) != Z_STREAM_END || z.total_out >= f->len) {
		free(f->small);
		f->small = NULL;
	}
	f->small_len = z.total_out;
	(void)deflateEnd(&z);
}

static void describe(struct file *f)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	char hex[25];
	const char *dot = strrchr(f->path, '.');

	f->type = "application/octet-stream";
	for (size_t i = 0; dot != NULL && i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].extension, dot) == 0) {
			f->type = types[i].type;
			if (types[i].text)
				compress_file(f);
		}
	(void)crypto_generichash(hash, sizeof hash, (unsigned char *)f->body, f->len, NULL, 0);
	(void)sodium_bin2hex(hex, sizeof hex, hash, 12);
	(void)snprintf(f->etag, sizeof f->etag, "\"%s\"", hex);
}

static int add_file(struct files *all, int dir, const char *name, const char *under)
{
	struct file *more;
	struct file f = { 0 };
	int r;

	if (all->n >= FILES_MAX)
		return -E2BIG;
	r = read_whole(dir, name, &f.body, &f.len);
	if (r < 0)
		return r;
	more = realloc(all->all, (all->n + 1) * sizeof *more);
	if (more != NULL)
		all->all = more;
	all->bytes += f.len;
	if (more == NULL || all->bytes > FILES_BYTES_MAX ||
	    asprintf(&f.path, "%s/%s", under, name) < 0) {
		free(f.body);
		return more == NULL ? -ENOMEM : -EFBIG;
	}
	describe(&f);
	all->all[all->n++] = f;
	return 0;
}

static int add_folder(struct files *all, int dir, const char *under, unsigned depth)
{
	DIR *d = fdopendir(dir);
	const struct dirent *e;
	int r = d == NULL ? -errno : depth == 0 ? -ELOOP : 0;

	if (d == NULL)
		(void)close(dir);
	while (r == 0 && (e = readdir(d)) != NULL) {
		struct stat st;
		char *path;
		int sub;

		if (e->d_name[0] == '.' || fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISREG(st.st_mode))
			r = add_file(all, dir, e->d_name, under);
		if (!S_ISDIR(st.st_mode))
			continue;
		sub = openat(dir, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (sub < 0 || asprintf(&path, "%s/%s", under, e->d_name) < 0)
			continue;
		r = add_folder(all, sub, path, depth - 1);
		free(path);
	}
	if (d != NULL)
		(void)closedir(d);
	return r;
}

int files_open(struct files **ret, const char *root, char *reterr, size_t reterr_size)
{
	struct files *f = calloc(1, sizeof *f);
	int dir, r = 0;

	if (f == NULL)
		return -ENOMEM;
	if (root != NULL) {
		dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = dir < 0 ? -errno : add_folder(f, dir, "", 8);
	}
	if (r < 0) {
		(void)snprintf(reterr, reterr_size, "http.web_root %s: %s", root, strerror(-r));
		files_close(&f);
		return r;
	}
	*ret = f;
	return 0;
}

void files_close(struct files **fp)
{
	if (*fp == NULL)
		return;
	for (size_t i = 0; i < (*fp)->n; i++) {
		free((*fp)->all[i].path);
		free((*fp)->all[i].body);
		free((*fp)->all[i].small);
	}
	free((*fp)->all);
	free(*fp);
	*fp = NULL;
}

static const struct file *find(const struct files *f, const char *path)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->all[i].path, path) == 0)
			return &f->all[i];
	return NULL;
}

static const struct file *page_for(const struct files *f, const char *path)
{
	const struct file *x = find(f, path);

	if (x != NULL || strncmp(path, "/api/", 5) == 0 || strrchr(path, '.') != NULL)
		return x;
	return find(f, "/index.html");
}

static enum MHD_Result send_file(const struct file *x, struct request *q)
{
	const char *accept = request_header(q, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	const char *known = request_header(q, MHD_HTTP_HEADER_IF_NONE_MATCH);
	bool same = known != NULL && strstr(known, x->etag) != NULL;
	bool small = x->small != NULL && accept != NULL && strstr(accept, "gzip") != NULL;
	/* Names with a hash in them never change. */
	bool forever = strncmp(x->path, "/assets/", 8) == 0;
	struct MHD_Response *r = MHD_create_response_from_buffer(same	 ? 0
								 : small ? x->small_len
									 : x->len,
								 same	 ? NULL
								 : small ? x->small
									 : x->body,
								 MHD_RESPMEM_PERSISTENT);
	enum MHD_Result ok;

	if (r == NULL)
		return MHD_NO;
	response_headers(r);
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, x->type);
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, x->etag);
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL,
				      forever ? "public, max-age=31536000, immutable" : "no-cache");
	if (small && !same)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	ok = MHD_queue_response(q->conn, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	q->http->answered[same ? 3 : 2]++;
	return ok;
}

enum MHD_Result files_send(const struct files *f, struct request *q, const char *path)
{
	const struct file *x = page_for(f, path);

	if (x != NULL)
		return send_file(x, q);
	if (f->n == 0 && strcmp(path, "/") == 0)
		(void)reply_text(q, MHD_HTTP_OK, strdup("linewatch: /api/v1/status\n"),
				 "text/plain; charset=utf-8");
	else
		(void)problem(q, MHD_HTTP_NOT_FOUND, "not_found", path);
	return request_send(q);
}
