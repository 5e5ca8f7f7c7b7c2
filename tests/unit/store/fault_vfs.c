#include "fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 16, SECTOR = 512 };

struct content {
	uint8_t *bytes;
	size_t len, room;
};

struct node {
	char path[256];
	bool used, synced_name; /* synced_name: the entry itself is on the platter */
	struct content now, platter;
	uint8_t *dirty; /* a flag a sector */
	size_t n_dirty;
	uint8_t *shm;
	size_t shm_len;
	int locks;
};

struct handle {
	sqlite3_file base;
	struct node *node;
	int lock;
};

static struct node nodes[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long operations, cut_at = -1;
static long long full_at = -1;
static bool is_cut;
static uint64_t dice_state;

static uint64_t dice(void)
{
	dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
	return dice_state >> 33;
}

static void content_resize(struct content *c, size_t len)
{
	if (len > c->room) {
		c->bytes = realloc(c->bytes, len * 2 + 4096);
		c->room = len * 2 + 4096;
	}
	if (len > c->len)
		memset(c->bytes + c->len, 0, len - c->len);
	c->len = len;
}

static void content_copy(struct content *to, const struct content *from)
{
	content_resize(to, from->len);
	if (from->len > 0)
		memcpy(to->bytes, from->bytes, from->len);
}

static void mark(struct node *n, size_t from, size_t until)
{
	size_t sectors = (until + SECTOR - 1) / SECTOR;

	if (sectors > n->n_dirty) {
		n->dirty = realloc(n->dirty, sectors * 2);
		memset(n->dirty + n->n_dirty, 0, sectors * 2 - n->n_dirty);
		n->n_dirty = sectors * 2;
	}
	for (size_t s = from / SECTOR; s < sectors; s++)
		n->dirty[s] = 1;
}

/* One operation on the disk; true: the power is gone. */
static bool touch(void)
{
	operations++;
	if (cut_at >= 0 && operations >= cut_at)
		is_cut = true;
	return is_cut;
}

static long long total(void)
{
	long long sum = 0;

	for (int i = 0; i < FILES; i++)
		sum += nodes[i].used ? (long long)nodes[i].now.len : 0;
	return sum;
}

static struct node *find(const char *path)
{
	for (int i = 0; i < FILES; i++) {
		if (nodes[i].used && strcmp(nodes[i].path, path) == 0)
			return &nodes[i];
	}
	return NULL;
}

static struct node *make(const char *path)
{
	for (int i = 0; i < FILES; i++) {
		if (nodes[i].used)
			continue;
		memset(&nodes[i], 0, sizeof nodes[i]);
		strncpy(nodes[i].path, path, sizeof nodes[i].path - 1);
		nodes[i].used = true;
		return &nodes[i];
	}
	return NULL;
}

static void drop(struct node *n)
{
	free(n->now.bytes);
	free(n->platter.bytes);
	free(n->dirty);
	free(n->shm);
	memset(n, 0, sizeof *n);
}

/* ---- what tests steer ---- */

void fault_reset(uint64_t seed)
{
	for (int i = 0; i < FILES; i++)
		drop(&nodes[i]);
	operations = 0;
	cut_at = full_at = -1;
	is_cut = false;
	dice_state = seed;
}

void fault_cut_at(long operation)
{
	cut_at = operation;
}

bool fault_was_cut(void)
{
	return is_cut;
}

long fault_operations(void)
{
	return operations;
}

void fault_full_at(long long bytes)
{
	full_at = bytes;
}

static void lose_unsynced(struct node *n)
{
	size_t len = n->platter.len;

	if (n->now.len != len && dice() % 2 == 0)
		len = n->now.len; /* the new length had got through */
	content_resize(&n->platter, n->platter.len > n->now.len ? n->platter.len : n->now.len);
	for (size_t s = 0; s < n->n_dirty; s++) {
		size_t from = s * SECTOR, until = from + SECTOR;

		if (!n->dirty[s] || dice() % 2 == 0 || from >= n->now.len)
			continue;
		until = until > n->now.len ? n->now.len : until;
		memcpy(n->platter.bytes + from, n->now.bytes + from, until - from);
	}
	n->platter.len = len;
	content_copy(&n->now, &n->platter);
	if (n->n_dirty > 0)
		memset(n->dirty, 0, n->n_dirty);
}

void fault_restart(void)
{
	for (int i = 0; i < FILES; i++) {
		struct node *n = &nodes[i];

		if (!n->used)
			continue;
		lose_unsynced(n);
		free(n->shm);
		n->shm = NULL;
		n->shm_len = 0;
		n->locks = 0;
	}
	operations = 0;
	cut_at = -1;
	is_cut = false;
}

/* ---- files ---- */

static int f_close(sqlite3_file *f)
{
	(void)f;
	return SQLITE_OK;
}

static int f_read(sqlite3_file *f, void *buf, int n, sqlite3_int64 at)
{
	struct node *node = ((struct handle *)f)->node;
	int r = SQLITE_OK;

	pthread_mutex_lock(&lock);
	size_t have = (size_t)at < node->now.len ? node->now.len - (size_t)at : 0;
	if (is_cut) {
		r = SQLITE_IOERR_READ;
	} else if (have < (size_t)n) {
		memset(buf, 0, (size_t)n);
		if (have > 0)
			memcpy(buf, node->now.bytes + at, have);
		r = SQLITE_IOERR_SHORT_READ;
	} else {
		memcpy(buf, node->now.bytes + at, (size_t)n);
	}
	pthread_mutex_unlock(&lock);
	return r;
}

static int f_write(sqlite3_file *f, const void *buf, int n, sqlite3_int64 at)
{
	struct node *node = ((struct handle *)f)->node;
	size_t end = (size_t)at + (size_t)n;
	int r = SQLITE_OK;

	pthread_mutex_lock(&lock);
	long long more = end > node->now.len ? (long long)(end - node->now.len) : 0;
	if (touch()) {
		r = SQLITE_IOERR_WRITE;
	} else if (full_at >= 0 && more > 0 && total() + more > full_at) {
		r = SQLITE_FULL;
	} else {
		if (end > node->now.len)
			content_resize(&node->now, end);
		memcpy(node->now.bytes + at, buf, (size_t)n);
		mark(node, (size_t)at, end);
	}
	pthread_mutex_unlock(&lock);
	return r;
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct node *node = ((struct handle *)f)->node;

	pthread_mutex_lock(&lock);
	bool gone = touch();
	if (!gone)
		content_resize(&node->now, (size_t)size);
	pthread_mutex_unlock(&lock);
	return gone ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

static int f_sync(sqlite3_file *f, int flags)
{
	struct node *node = ((struct handle *)f)->node;

	(void)flags;
	pthread_mutex_lock(&lock);
	bool gone = touch();
	if (!gone) {
		content_copy(&node->platter, &node->now);
		node->platter.len = node->now.len;
		node->synced_name = true;
		if (node->n_dirty > 0)
			memset(node->dirty, 0, node->n_dirty);
	}
	pthread_mutex_unlock(&lock);
	return gone ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int f_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	pthread_mutex_lock(&lock);
	*ret = (sqlite3_int64)((struct handle *)f)->node->now.len;
	pthread_mutex_unlock(&lock);
	return SQLITE_OK;
}

/* One process, one writer: locks need not hold anybody back. */
static int f_lock(sqlite3_file *f, int level)
{
	((struct handle *)f)->lock = level;
	return SQLITE_OK;
}

static int f_reserved(sqlite3_file *f, int *ret)
{
	*ret = ((struct handle *)f)->lock >= SQLITE_LOCK_RESERVED;
	return SQLITE_OK;
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int f_sector(sqlite3_file *f)
{
	(void)f;
	return SECTOR;
}

static int f_device(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	struct node *node = ((struct handle *)f)->node;
	size_t end = (size_t)(page + 1) * (size_t)size;

	pthread_mutex_lock(&lock);
	if (node->shm == NULL && extend)
		node->shm = calloc(1, 16u << 20); /* mapped for good: pointers stay */
	if (node->shm != NULL && extend && end > node->shm_len)
		node->shm_len = end;
	*ret = node->shm != NULL && end <= node->shm_len ? node->shm + (size_t)page * (size_t)size
							 : NULL;
	pthread_mutex_unlock(&lock);
	return SQLITE_OK;
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	(void)f;
	(void)offset;
	(void)n;
	(void)flags;
	return SQLITE_OK;
}

static void f_shm_barrier(sqlite3_file *f)
{
	(void)f;
	__sync_synchronize();
}

static int f_shm_unmap(sqlite3_file *f, int delete)
{
	(void)f;
	(void)delete;
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = f_close,
	.xRead = f_read,
	.xWrite = f_write,
	.xTruncate = f_truncate,
	.xSync = f_sync,
	.xFileSize = f_size,
	.xLock = f_lock,
	.xUnlock = f_lock,
	.xCheckReservedLock = f_reserved,
	.xFileControl = f_control,
	.xSectorSize = f_sector,
	.xDeviceCharacteristics = f_device,
	.xShmMap = f_shm_map,
	.xShmLock = f_shm_lock,
	.xShmBarrier = f_shm_barrier,
	.xShmUnmap = f_shm_unmap,
};

/* ---- the file system ---- */

static int v_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *ret_flags)
{
	struct handle *h = (struct handle *)f;

	(void)v;
	memset(h, 0, sizeof *h);
	pthread_mutex_lock(&lock);
	h->node = is_cut ? NULL : find(path != NULL ? path : "temp");
	if (h->node == NULL && !is_cut && (flags & SQLITE_OPEN_CREATE) != 0)
		h->node = make(path != NULL ? path : "temp");
	pthread_mutex_unlock(&lock);
	if (h->node == NULL)
		return SQLITE_CANTOPEN;
	h->base.pMethods = &methods;
	if (ret_flags != NULL)
		*ret_flags = flags;
	return SQLITE_OK;
}

static int v_delete(sqlite3_vfs *v, const char *path, int sync_dir)
{
	(void)v;
	(void)sync_dir;
	pthread_mutex_lock(&lock);
	bool gone = touch();
	struct node *n = gone ? NULL : find(path);
	if (n != NULL)
		drop(n);
	pthread_mutex_unlock(&lock);
	return gone ? SQLITE_IOERR_DELETE : SQLITE_OK;
}

static int v_access(sqlite3_vfs *v, const char *path, int flags, int *ret)
{
	(void)v;
	(void)flags;
	pthread_mutex_lock(&lock);
	struct node *n = find(path);
	*ret = n != NULL && (n->now.len > 0 || flags != SQLITE_ACCESS_EXISTS);
	pthread_mutex_unlock(&lock);
	return SQLITE_OK;
}

static int v_full_path(sqlite3_vfs *v, const char *path, int n, char *ret)
{
	(void)v;
	sqlite3_snprintf(n, ret, "%s", path);
	return SQLITE_OK;
}

int fault_register(void)
{
	static sqlite3_vfs vfs;
	const sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	vfs = *real;
	vfs.pNext = NULL;
	vfs.zName = "lw-fault";
	vfs.szOsFile = (int)sizeof(struct handle);
	vfs.xOpen = v_open;
	vfs.xDelete = v_delete;
	vfs.xAccess = v_access;
	vfs.xFullPathname = v_full_path;
	return sqlite3_vfs_register(&vfs, 1);
}
