#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io/conf.h"

struct dev {
	char *name;
	char *host;
	int port;
	int severity;
	bool spare;
};

struct cfg {
	char *site;
	unsigned interval;
	struct dev *devices;
	unsigned devices_count;
};

static const cyaml_strval_t severities[] = { { "warning", 1 }, { "critical", 2 } };

static const cyaml_schema_field_t dev_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct dev, name, 1, 64),
	CYAML_FIELD_STRING_PTR("host", CYAML_FLAG_POINTER, struct dev, host, 1, 255),
	CYAML_FIELD_INT("port", CYAML_FLAG_OPTIONAL, struct dev, port),
	CYAML_FIELD_ENUM("severity", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct dev, severity,
			 severities, 2),
	CYAML_FIELD_BOOL("spare", CYAML_FLAG_OPTIONAL, struct dev, spare),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t dev_value = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct dev,
								    dev_fields) };
static const cyaml_schema_field_t cfg_fields[] = {
	CYAML_FIELD_STRING_PTR("site", CYAML_FLAG_POINTER, struct cfg, site, 1, 64),
	CYAML_FIELD_UINT("interval", CYAML_FLAG_OPTIONAL, struct cfg, interval),
	CYAML_FIELD_SEQUENCE("devices", CYAML_FLAG_POINTER, struct cfg, devices, &dev_value, 0,
			     CYAML_UNLIMITED),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t cfg_value = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct cfg,
								    cfg_fields) };

static const struct {
	const char *text, *said;
} mistakes[] = {
	{ "site: a\ndevices: []\nintervall: 3\n", "f.yaml:3: intervall: no such key, did you mean "
						  "\"interval\"; it wants one of: site interval "
						  "devices\n" },
	{ "site: a\ndevices:\n  - name: x\n    host: y\n  - name: z\n\n    # which?\n    hots: y\n",
	  "f.yaml:8: hots: no such key, did you mean \"host\"; it wants one of: name host port "
	  "severity spare\n" },
	{ "site: a\ndevices:\n  - name: x\n    host: y\n  - name: z\n    port: 3\n",
	  "f.yaml:5: host: is missing; it wants a text of 1 to 255 characters\n" },
	{ "site: a\ndevices: []\nsite: b\n",
	  "f.yaml:3: site: stands here a second time; keep one of the two\n" },
	{ "site: a\ndevices: {}\n", "f.yaml:2: devices: is of another kind; it wants a list\n" },
	{ "site: a\n  interval: [3\n",
	  "f.yaml:2: this is not YAML: mapping values are not allowed in this context\n" },
	{ "site: \"\"\ndevices: []\n",
	  "f.yaml:1: site: is too short; it wants a text of 1 to 64 characters\n" },
	{ "site: a\ndevices:\n  - *b\n", "f.yaml:3: no anchor &b stands before this alias\n" },
	{ "", "f.yaml:1: the file is empty; it wants keys and values\n" },
	{ "site: a\ndevices:\n  - a\n", "f.yaml:3: devices: is of another kind; it wants keys and "
					"values\n" },
	{ "- a\n", "f.yaml:1: is of another kind; it wants keys and values\n" },
	{ "site: a\ndevices: []\n---\nsite: b\n",
	  "f.yaml:3: a second document begins; only one is read\n" },
	{ "site: a\ninterval: 3\n", "f.yaml:1: devices: is missing; it wants a list\n" },
};

static char *printed(const struct conf *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	conf_print(c, f);
	(void)fclose(f);
	return text;
}

Test(conf, every_mistake_of_syntax_and_schema_has_its_own_line)
{
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		struct conf *c = NULL;
		void *data = NULL;
		int r = conf_load_text(&c, "f.yaml", mistakes[i].text, strlen(mistakes[i].text),
				       &cfg_value, &data);

		cr_assert_eq(r, CONF_INVALID, "%s", mistakes[i].said);
		cr_expect_null(data);
		char *said = printed(c);
		cr_expect_str_eq(said, mistakes[i].said);
		free(said);
		conf_close(c);
	}
}

static const char good[] =
	"site: danang\ndevices:\n  - &base\n    name: a\n    host: h\n    port: 5\n"
	"  - *base\n  - {name: c,\n     host: d, severity: critical}\n";

Test(conf, a_good_file_fills_the_structs_and_anchors_are_followed)
{
	struct conf *c = NULL;
	void *data = NULL;

	cr_assert_eq(conf_load_text(&c, "f.yaml", good, strlen(good), &cfg_value, &data), 0);
	struct cfg *cfg = data;
	cr_expect_str_eq(cfg->site, "danang");
	cr_assert_eq(cfg->devices_count, 3);
	cr_expect_str_eq(cfg->devices[1].name, "a");
	cr_expect_eq(cfg->devices[2].severity, 2);
	conf_data_free(&cfg_value, cfg);
	conf_close(c);
}

Test(conf, all_mistakes_of_value_are_told_in_order_of_line)
{
	struct conf *c = NULL;
	void *data = NULL;

	cr_assert_eq(conf_load_text(&c, "f.yaml", good, strlen(good), &cfg_value, &data), 0);
	conf_problem(c, conf_at(c, "devices[2].host"), "%s does not exist; it wants a host", "d");
	conf_problem(c, conf_at(c, "devices[%u].port", 1), "is taken; it wants another");
	conf_problem(c, conf_at(c, "devices[2].port"), "is missing; it wants a port");
	conf_problem(c, conf_at(c, "site"), "is wrong");
	cr_expect_eq(conf_problems(c), 4);
	char *said = printed(c);
	cr_expect_str_eq(said, "f.yaml:1: site: is wrong\n"
			       "f.yaml:6: port: is taken; it wants another\n"
			       "f.yaml:8: port: is missing; it wants a port\n"
			       "f.yaml:9: host: d does not exist; it wants a host\n");
	free(said);
	conf_data_free(&cfg_value, data);
	conf_close(c);
}

Test(conf, values_of_the_wrong_kind_do_not_hide_the_other_mistakes)
{
	static const char text[] =
		"site: Đà Nẵng\ninterval: ten\ndevices:\n  - {name: Lễ, host: y, severity: loud, "
		"spare: maybe}\n"
		"  - name: x\n    host: y\n    port: \"-\" # none\n  - &b {name: z, host: h, port: "
		"70000}\n";
	struct conf *c = NULL;
	void *data = NULL;

	cr_assert_eq(conf_load_text(&c, "f.yaml", text, strlen(text), &cfg_value, &data), 0);
	struct cfg *cfg = data;
	cr_expect_eq(conf_problems(c), 4);
	cr_expect_not(cfg->devices[2].spare);
	cr_expect_eq(cfg->devices[2].port, 70000);
	cr_expect_str_eq(cfg->devices[0].name, "Lễ");
	conf_problem(c, conf_at(c, "interval"), "told already, so not told again");
	conf_problem(c, conf_at(c, "devices[2].port"), "70000 is not right");
	char *said = printed(c);
	cr_expect_str_eq(
		said,
		"f.yaml:2: interval: 'ten' is not right; it wants a whole number of 0 or more\n"
		"f.yaml:4: severity: 'loud' is not right; it wants one of: warning critical\n"
		"f.yaml:4: spare: 'maybe' is not right; it wants yes or no\n"
		"f.yaml:7: port: '-' is not right; it wants a whole number\n"
		"f.yaml:8: port: 70000 is not right\n");
	free(said);
	conf_data_free(&cfg_value, data);
	conf_close(c);
}

/* port is an int, interval an unsigned. */
static const struct {
	const char *port, *interval, *said;
} numbers[] = {
	{ "-2147483648", "4294967295", "" },
	{ "0x10", "017", "" },
	{ "2147483648", "1",
	  "f.yaml:4: port: '2147483648' is not right; it wants a whole number\n" },
	{ "5 apples", "1", "f.yaml:4: port: '5 apples' is not right; it wants a whole number\n" },
	{ "\"\"", "1", "f.yaml:4: port: '' is not right; it wants a whole number\n" },
	{ "1", "-1",
	  "f.yaml:2: interval: '-1' is not right; it wants a whole number of 0 or more\n" },
	{ "99999999999999999999", "1",
	  "f.yaml:4: port: '99999999999999999999' is not right; it wants a whole number\n" },
};

Test(conf, a_number_that_does_not_fit_or_ends_in_other_words_is_told)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct conf *c = NULL;
		void *data = NULL;
		char *text = NULL;

		cr_assert(asprintf(&text,
				   "site: a\ninterval: %s\ndevices:\n  - {name: x, host: y, port: "
				   "%s}\n",
				   numbers[i].interval, numbers[i].port) > 0);
		cr_assert_eq(conf_load_text(&c, "f.yaml", text, strlen(text), &cfg_value, &data),
			     0);
		char *said = printed(c);
		cr_expect_str_eq(said, numbers[i].said);
		free(said);
		free(text);
		conf_data_free(&cfg_value, data);
		conf_close(c);
	}
}

Test(conf, an_anchored_text_is_there_wherever_an_alias_stands)
{
	static const char text[] = "site: &s danang\ndevices:\n"
				   "  - {name: *s, host: &h h1}\n  - {name: *h, host: *s}\n";
	struct conf *c = NULL;
	void *data = NULL;

	cr_assert_eq(conf_load_text(&c, "f.yaml", text, strlen(text), &cfg_value, &data), 0);
	struct cfg *cfg = data;
	cr_expect_str_eq(cfg->site, "danang");
	cr_expect_str_eq(cfg->devices[0].name, "danang");
	cr_expect_str_eq(cfg->devices[1].name, "h1");
	cr_expect_str_eq(cfg->devices[1].host, "danang");
	conf_data_free(&cfg_value, data);
	conf_close(c);
}

Test(conf, a_file_that_cannot_be_read_is_an_errno)
{
	struct conf *c = NULL;
	void *data = NULL;

	cr_expect_eq(conf_load(&c, "/nonexistent/f.yaml", &cfg_value, &data), -ENOENT);
	cr_expect_eq(conf_load(&c, "/tmp", &cfg_value, &data), -EISDIR);
	cr_expect_null(c);
}

Test(conf, a_file_is_read_like_its_text)
{
	char path[] = "/tmp/lw-conf-XXXXXX";
	struct conf *c = NULL;
	void *data = NULL;
	int fd = mkstemp(path);

	cr_assert_eq(write(fd, good, strlen(good)), (ssize_t)strlen(good));
	(void)close(fd);
	cr_expect_eq(conf_load(&c, path, &cfg_value, &data), 0);
	cr_expect_eq(conf_at(c, "devices[0].port").line, 6);
	conf_data_free(&cfg_value, data);
	conf_close(c);
	(void)unlink(path);
}
