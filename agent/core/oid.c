#include "agent/core/oid.h"

#include <errno.h>
#include <string.h>

static bool read_number(const char **p, uint32_t *ret)
{
	uint64_t v = 0;
	const char *start = *p;

	for (; **p >= '0' && **p <= '9'; (*p)++) {
		v = v * 10 + (uint64_t)(**p - '0');
		if (v > UINT32_MAX)
			return false;
	}
	*ret = (uint32_t)v;
	return *p > start;
}

int oid_parse(const char *text, uint32_t *id)
{
	int n = 0;
	const char *p = *text == '.' ? text + 1 : text;

	for (;;) {
		if (n == OID_MAX || !read_number(&p, &id[n]))
			return -EINVAL;
		n++;
		if (*p == '\0')
			return n;
		if (*p++ != '.')
			return -EINVAL;
	}
}

static size_t put_number(char *buf, size_t size, size_t at, uint32_t v)
{
	char digits[10];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	while (n > 0 && at + 1 < size)
		buf[at++] = digits[--n];
	return at;
}

int oid_format(struct oid o, char *buf, size_t size)
{
	size_t at = 0;

	if (size == 0)
		return 0;
	for (unsigned i = 0; i < o.n; i++) {
		if (i > 0 && at + 1 < size)
			buf[at++] = '.';
		at = put_number(buf, size, at, o.id[i]);
	}
	buf[at] = '\0';
	return (int)at;
}

bool oid_equal(struct oid a, struct oid b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.id, b.id, a.n * sizeof *a.id) == 0);
}

bool oid_under(struct oid o, struct oid root)
{
	return o.n >= root.n && (root.n == 0 || memcmp(o.id, root.id, root.n * sizeof *o.id) == 0);
}

int oid_compare(struct oid a, struct oid b)
{
	for (unsigned i = 0; i < a.n && i < b.n; i++)
		if (a.id[i] != b.id[i])
			return a.id[i] < b.id[i] ? -1 : 1;
	return a.n == b.n ? 0 : a.n < b.n ? -1 : 1;
}
