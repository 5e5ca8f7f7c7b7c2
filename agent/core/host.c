#include "agent/core/host.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/out.h"

static bool first_number(const char *text, double *ret)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || !(v >= 0))
		return false;
	*ret = v;
	return true;
}

bool host_load1(const char *loadavg, double *ret)
{
	return first_number(loadavg, ret);
}

bool host_uptime_seconds(const char *uptime, double *ret)
{
	return first_number(uptime, ret);
}

static bool row(const char *text, const char *name, double *ret)
{
	size_t n = strlen(name);

	for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, n) == 0)
			return first_number(line + n, ret);
	}
	return false;
}

bool host_memory_used_percent(const char *meminfo, double *ret)
{
	double total, available;

	if (!row(meminfo, "MemTotal:", &total) || !row(meminfo, "MemAvailable:", &available) ||
	    total <= 0 || available > total)
		return false;
	*ret = 100.0 * (total - available) / total;
	return true;
}

bool host_cpu(const char *stat, struct host_cpu *ret)
{
	uint64_t v[8] = { 0 };
	char *end;

	if (strncmp(stat, "cpu ", 4) != 0)
		return false;
	stat += 4;
	for (size_t i = 0; i < 8; i++) { /* user nice system idle iowait irq softirq steal */
		v[i] = strtoull(stat, &end, 10);
		if (end == stat)
			return false;
		stat = end;
	}
	ret->total = v[0] + v[1] + v[2] + v[3] + v[4] + v[5] + v[6] + v[7];
	ret->busy = ret->total - v[3] - v[4];
	return true;
}

bool host_cpu_used_percent(const struct host_cpu *before, const struct host_cpu *now, double *ret)
{
	if (now->total <= before->total || now->busy < before->busy)
		return false;
	*ret = 100.0 * (double)(now->busy - before->busy) / (double)(now->total - before->total);
	return *ret <= 100.0;
}

static bool is_disk(const char *device, const char *type)
{
	static const char *const types[] = { "ext2", "ext3", "ext4", "xfs",   "btrfs", "f2fs",
					     "vfat", "zfs",  "jfs",  "ntfs3", "exfat", "overlay" };

	if (strncmp(device, "/dev/loop", 9) == 0)
		return false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static void unescape(char *s)
{
	char *out = s;

	for (; *s != '\0'; s++) {
		bool octal = s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' &&
			     s[2] <= '7' && s[3] >= '0' && s[3] <= '7';
		if (octal) {
			*out++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* The next word of the line; false: there is none, or it is too long. */
static bool take_word(const char **p, char *buf, size_t size)
{
	*p += strspn(*p, " \t");
	size_t n = strcspn(*p, " \t\n");

	if (n == 0 || n >= size)
		return false;
	memcpy(buf, *p, n);
	buf[n] = '\0';
	*p += n;
	return true;
}

bool host_next_mount(const char **mounts, char *ret_device, char *ret_point, size_t size)
{
	while (**mounts != '\0') {
		char device[256], point[256], type[64];
		const char *p = *mounts;
		bool whole = take_word(&p, device, sizeof device) &&
			     take_word(&p, point, sizeof point) && take_word(&p, type, sizeof type);

		*mounts += strcspn(*mounts, "\n");
		*mounts += **mounts == '\n';
		if (!whole || !is_disk(device, type) || strlen(point) >= size ||
		    strlen(device) >= size)
			continue;
		(void)out_join(ret_device, size, device, NULL);
		(void)out_join(ret_point, size, point, NULL);
		unescape(ret_point);
		return true;
	}
	return false;
}
