/* run_seeds.c - runs a fuzz target once over every file of the folders and files it is given:
 * the seed corpus as an ordinary test, without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (f == NULL) {
		perror(path);
		return 1;
	}
	static uint8_t buf[1 << 20];
	size_t n = fread(buf, 1, sizeof buf, f);
	(void)fclose(f);

	uint8_t *exact = malloc(n > 0 ? n : 1); /* so that ASan sees the end */
	if (exact == NULL)
		return 1;
	memcpy(exact, buf, n);
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

static int run_folder(const char *path, unsigned *n)
{
	DIR *d = opendir(path);
	int bad = 0;

	if (d == NULL) {
		perror(path);
		return 1;
	}
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		char file[4096];
		struct stat st;

		(void)snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		if (stat(file, &st) == 0 && S_ISREG(st.st_mode)) {
			bad |= run_file(file);
			(*n)++;
		}
	}
	(void)closedir(d);
	return bad;
}

int main(int argc, char **argv)
{
	unsigned n = 0;
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad |= run_folder(argv[i], &n);
	(void)printf("%u seeds\n", n);
	return bad != 0 || n == 0;
}
