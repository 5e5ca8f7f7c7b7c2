/* fingerprint_main.c - the subcommand that makes reference files and shows how two sounds compare. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/ivr.h"
#include "agent/io/sip/prompt.h"

enum { EXIT_MISUSE = 2, TEXT_MAX = 16 * 1024, ERROR_MAX = 400 };

static const char usage[] =
	"linewatch-agent fingerprint TỆP.wav [-o TỆP.fp] [--compare TỆP.wav|TỆP.fp]\n"
	"  Tạo dấu vân âm thanh của lời chào cho cuộc gọi thử (ivr:), hoặc so sánh hai âm thanh.\n"
	"  Makes the fingerprint of a prompt for the test call (ivr:), or compares two sounds.\n";

static int load_any(struct fingerprint *f, const char *path, char *err, size_t size)
{
	const char *dot = strrchr(path, '.');

	if (dot != NULL && strcmp(dot, ".fp") == 0)
		return prompt_load(f, path, err, size);
	return prompt_listen(f, path, err, size);
}

static int compare(const struct fingerprint *reference, const char *path)
{
	static struct fingerprint heard;
	char err[ERROR_MAX];

	if (load_any(&heard, path, err, sizeof err) < 0) {
		(void)fprintf(stderr, "%s\n", err);
		return EXIT_FAILURE;
	}
	struct fp_match m = fp_compare(reference, &heard);
	bool same = m.score_percent >= IVR_THRESHOLD_PERCENT;
	(void)printf("score=%u threshold=%d offset_ms=%ld compared_ms=%zu %s\n", m.score_percent,
		     IVR_THRESHOLD_PERCENT, m.offset * FP_HOP * 1000 / FP_RATE,
		     m.compared * FP_HOP * 1000 / FP_RATE, same ? "same" : "different");
	return same ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int write_out(const struct fingerprint *f, const char *path)
{
	static char text[TEXT_MAX];
	size_t n = fp_write(f, text, sizeof text);
	FILE *out = path != NULL ? fopen(path, "wbe") : stdout;

	if (out == NULL) {
		perror(path);
		return EXIT_FAILURE;
	}
	bool fine = fwrite(text, 1, n, out) == n;
	fine = (path != NULL ? fclose(out) : fflush(out)) == 0 && fine;
	if (!fine)
		perror(path != NULL ? path : "stdout");
	return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

int fingerprint_main(int argc, char **argv)
{
	static const struct option longs[] = { { "output", required_argument, NULL, 'o' },
					       { "compare", required_argument, NULL, 'c' },
					       { "help", no_argument, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	static struct fingerprint reference;
	const char *output = NULL, *other = NULL;
	char err[ERROR_MAX];

	for (int c; (c = getopt_long(argc, argv, "o:c:h", longs, NULL)) != -1;) {
		if (c != 'o' && c != 'c') {
			(void)fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? EXIT_SUCCESS : EXIT_MISUSE;
		}
		*(c == 'o' ? &output : &other) = optarg;
	}
	if (optind + 1 != argc) {
		(void)fputs(usage, stderr);
		return EXIT_MISUSE;
	}
	if (load_any(&reference, argv[optind], err, sizeof err) < 0) {
		(void)fprintf(stderr, "%s\n", err);
		return EXIT_FAILURE;
	}
	fp_cut_reference(&reference);
	return other != NULL ? compare(&reference, other) : write_out(&reference, output);
}
