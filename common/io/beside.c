#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/io/beside.h"

static int program_folder(char *ret, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", ret, size - 1);

	if (n < 0)
		return -ENOENT;
	ret[n] = '\0';
	char *slash = strrchr(ret, '/');
	if (slash == NULL)
		return -ENOENT;
	*slash = '\0';
	return 0;
}

int beside_program(const char *const *places, char *ret, size_t size)
{
	char folder[PATH_MAX];

	if (program_folder(folder, sizeof folder) < 0)
		return -ENOENT;
	for (; *places != NULL; places++) {
		if (snprintf(ret, size, "%s/%s", folder, *places) < (int)size &&
		    access(ret, R_OK) == 0)
			return 0;
	}
	return -ENOENT;
}
