#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collector/io/http/route.h"

static const struct route table[] = {
	{ "GET", "/api/v1/devices", NEED_WATCHER, NULL },
	{ "GET", "/api/v1/devices/*/readings", NEED_WATCHER, NULL },
	{ "GET", "/api/v1/devices/*", NEED_WATCHER, NULL },
	{ "POST", "/api/v1/incidents/*/ack", NEED_TECHNICIAN, NULL },
	{ NULL, NULL, NEED_NOTHING, NULL },
};

static const struct {
	const char *method, *path;
	enum route_found found;
	int row; /* -1: none */
	const char *id;
} cases[] = {
	{ "GET", "/api/v1/devices", ROUTE_FOUND, 0, "" },
	{ "HEAD", "/api/v1/devices", ROUTE_FOUND, 0, "" },
	{ "GET", "/api/v1/devices/danang/ups-1", ROUTE_FOUND, 2, "danang/ups-1" },
	{ "GET", "/api/v1/devices/danang/ups-1/readings", ROUTE_FOUND, 1, "danang/ups-1" },
	{ "GET", "/api/v1/devices/qms", ROUTE_FOUND, 2, "qms" },
	{ "GET", "/api/v1/devices/", ROUTE_NONE, -1, "" },
	{ "GET", "/api/v1/devices//readings", ROUTE_FOUND, 2, "/readings" },
	{ "POST", "/api/v1/incidents/7/ack", ROUTE_FOUND, 3, "7" },
	{ "GET", "/api/v1/incidents/7/ack", ROUTE_METHOD, -1, "" },
	{ "POST", "/api/v1/incidents//ack", ROUTE_NONE, -1, "" },
	{ "GET", "", ROUTE_NONE, -1, "" },
};

Test(route, finds_the_row_and_what_the_star_stands_for)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct route_id id = { "" };
		const struct route *r = NULL;
		enum route_found found = route_find(table, cases[i].method, cases[i].path, &r, &id);

		cr_expect_eq(found, cases[i].found, "%s %s", cases[i].method, cases[i].path);
		if (found != ROUTE_FOUND)
			continue;
		cr_expect_eq(r - table, cases[i].row, "%s %s", cases[i].method, cases[i].path);
		cr_expect(strchr(r->pattern, '*') == NULL || strcmp(id.text, cases[i].id) == 0,
			  "%s: %s", cases[i].path, id.text);
	}
}

Test(route, an_id_that_is_too_long_is_nobodys)
{
	char path[64 + ROUTE_ID_MAX] = "/api/v1/devices/";
	struct route_id id;
	const struct route *r;

	memset(path + strlen(path), 'x', ROUTE_ID_MAX - 1);
	cr_expect_eq(route_find(table, "GET", path, &r, &id), ROUTE_FOUND);
	cr_expect_eq(strlen(id.text), ROUTE_ID_MAX - 1);
	path[strlen(path)] = 'x';
	cr_expect_eq(route_find(table, "GET", path, &r, &id), ROUTE_NONE);
}

Test(route, every_path_of_the_document_is_served)
{
	char line[512], path[512] = "";
	FILE *f = fopen(LW_SOURCE_DIR "/docs/openapi.yaml", "r");
	int n = 0;

	cr_assert_not_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		char method[16];

		if (strncmp(line, "components:", 11) == 0)
			break;
		if (strncmp(line, "  /", 3) == 0 && sscanf(line, "  /%510[^:]:", path + 1) == 1) {
			path[0] = '/';
			for (char *p = path; *p != '\0'; p++)
				if (*p == '{' || *p == '}')
					*p = 'x';
		}
		if (strncmp(line, "    ", 4) == 0 && line[4] != ' ' && path[0] != '\0' &&
		    sscanf(line, "    %15[a-z]:", method) == 1) {
			struct route_id id;
			const struct route *r;

			for (char *p = method; *p != '\0'; p++)
				*p = (char)(*p - 32);
			cr_expect_eq(route_find(routes, method, path, &r, &id), ROUTE_FOUND,
				     "%s %s", method, path);
			n++;
		}
	}
	(void)fclose(f);
	cr_expect_gt(n, 30);
}

static bool is_documented(const struct route *r, char *text)
{
	char path[512] = "", method[16];
	bool here = false;

	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		struct route_id id;

		if (strncmp(line, "  /", 3) == 0 && sscanf(line, "  /%510[^:]:", path + 1) == 1) {
			path[0] = '/';
			for (char *p = path; *p != '\0'; p++)
				if (*p == '{' || *p == '}')
					*p = 'x';
			here = route_match(r->pattern, path, &id) &&
			       (strchr(r->pattern, '*') != NULL) == (strchr(path, 'x') != NULL);
		}
		if (here && strncmp(line, "    ", 4) == 0 && line[4] != ' ' &&
		    sscanf(line, "    %15[a-z]:", method) == 1 &&
		    strcasecmp(method, r->method) == 0)
			return true;
	}
	return false;
}

Test(route, everything_served_is_in_the_document)
{
	static char document[256 << 10], copy[256 << 10];
	FILE *f = fopen(LW_SOURCE_DIR "/docs/openapi.yaml", "r");

	cr_assert_not_null(f);
	cr_assert_gt(fread(document, 1, sizeof document - 1, f), 1000);
	(void)fclose(f);
	for (const struct route *r = routes; r->method != NULL; r++) {
		(void)strcpy(copy, document);
		cr_expect(is_documented(r, copy), "%s %s", r->method, r->pattern);
	}
}
