#include "common/io/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* `next`: what follows where the line filled all the room. */
static int judge(char *line, size_t size, int next)
{
	size_t n = strcspn(line, "\r\n");

	if (line[n] == '\0' && n + 1 == size && next != '\n' && next != '\r' && next != EOF)
		return -EMSGSIZE;
	line[n] = '\0';
	if (n == 0)
		return -ENODATA;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 127)
			return -EBADMSG;
	return 0;
}

int secret_read(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");
	int r;

	buf[0] = '\0';
	if (f == NULL)
		return -errno;
	errno = 0;
	if (fgets(buf, (int)size, f) == NULL)
		r = errno != 0 ? -errno : -ENODATA; /* a folder can be opened, not read */
	else
		r = judge(buf, size, fgetc(f));
	(void)fclose(f);
	if (r < 0)
		explicit_bzero(buf, size);
	return r;
}

const char *secret_problem(int r)
{
	static const struct {
		int r;
		const char *text;
	} texts[] = { { -ENODATA, "its first line is empty" },
		      { -EMSGSIZE, "its first line is too long" },
		      { -EBADMSG, "its first line is no text" } };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].r == r)
			return texts[i].text;
	return strerror(-r);
}
