/* cmd_user.c - users and tokens, straight in the access file: the first admin is made so, on the
 * collector's own machine, by whoever may write that file. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/table.h"
#include "cli/when.h"
#include "collector/io/access/access.h"
#include "common/core/tr.h"

enum { LINE_MAX_BYTES = ACCESS_PASSWORD_MAX + 2, DAYS_MAX = 36500, AUDIT_ROWS = 200 };

struct user_wish {
	const char *verb, *name, *db, *role, *password_file;
	int64_t days;
};

static int64_t now_ms(void)
{
	return (int64_t)time(NULL) * 1000;
}

static bool read_line(FILE *f, char *buf)
{
	if (fgets(buf, LINE_MAX_BYTES, f) == NULL)
		return false;
	buf[strcspn(buf, "\r\n")] = '\0';
	return true;
}

/* From the terminal without echo, or one line of standard input. */
static bool ask_line(const char *prompt, char *buf)
{
	struct termios old, quiet;
	bool tty = tcgetattr(STDIN_FILENO, &old) == 0, ok;

	if (tty) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
		(void)fputs(prompt, stderr);
	}
	ok = read_line(stdin, buf);
	if (tty) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		(void)fputc('\n', stderr);
	}
	return ok;
}

static bool read_password(const struct cli *cli, const struct user_wish *w, char *buf)
{
	char again[LINE_MAX_BYTES], prompt[256];
	FILE *f;
	bool ok;

	if (w->password_file != NULL) {
		f = fopen(w->password_file, "re");
		ok = f != NULL && read_line(f, buf);
		if (f != NULL)
			(void)fclose(f);
		if (!ok)
			say_error(cli, "cli.user_db", "path", w->password_file, "why",
				  strerror(errno), NULL);
		return ok;
	}
	if (!ask_line(say_to(prompt, sizeof prompt, cli, "cli.user_prompt", "name", w->name, NULL),
		      buf))
		return false;
	if (!isatty(STDIN_FILENO))
		return true;
	ok = ask_line(tr(cli->lang, "cli.user_again"), again) && strcmp(again, buf) == 0;
	explicit_bzero(again, sizeof again);
	if (!ok)
		say_error(cli, "cli.user_differ", NULL);
	return ok;
}

/* Whoever may write the file, by the name that they have on this machine. */
static void record(struct access *a, const struct user_wish *w)
{
	const struct passwd *p = getpwuid(getuid());
	const char *before_sudo = getenv("SUDO_USER");
	char action[32];

	(void)snprintf(action, sizeof action, "user_%s", w->verb);
	(void)access_audit(a, &(struct access_deed){ .wall_ms = now_ms(),
						     .user = before_sudo != NULL ? before_sudo
							     : p != NULL	 ? p->pw_name
										 : "?",
						     .action = action,
						     .target = w->name,
						     .result = "ok",
						     .peer = "-" });
}

static int outcome(const struct cli *cli, int r, const struct user_wish *w, const char *done)
{
	static const struct {
		int r;
		const char *key;
	} wrong[] = { { -EEXIST, "cli.user_exists" },
		      { -ENOENT, "cli.user_unknown" },
		      { -EINVAL, "cli.user_bad_name" },
		      { -ERANGE, "cli.user_short" } };

	if (r == 0 && cli->json)
		(void)printf("{\"name\": \"%s\"}\n", w->name);
	else if (r == 0)
		say(cli, done, "name", w->name, "role",
		    w->role != NULL ? tr_word(cli->lang, "role.", w->role) : "", NULL);
	if (r == 0)
		return CLI_OK;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (wrong[i].r == r) {
			say_error(cli, wrong[i].key, "name", w->name, NULL);
			return CLI_MISUSE;
		}
	say_error(cli, "cli.user_db", "path", w->db, "why", strerror(-r), NULL);
	return CLI_MISUSE;
}

static int change(const struct cli *cli, struct access *a, const struct user_wish *w, bool add)
{
	char password[LINE_MAX_BYTES];
	int r;

	if (access_name_check(w->name) < 0)
		return outcome(cli, -EINVAL, w, NULL);
	if (!read_password(cli, w, password))
		return CLI_MISUSE;
	r = add ? access_user_add(a, w->name, password, role_parse(w->role), now_ms())
		: access_user_passwd(a, w->name, password);
	explicit_bzero(password, sizeof password);
	if (r == 0)
		record(a, w);
	return outcome(cli, r, w, add ? "cli.user_added" : "cli.user_changed");
}

static int make_token(const struct cli *cli, struct access *a, const struct user_wish *w)
{
	char token[ACCESS_TOKEN_SIZE];
	int64_t until = w->days > 0 ? now_ms() + w->days * 86400000 : 0;
	int r = access_token_add(a, w->name, role_parse(w->role), now_ms(), until, token);

	if (r < 0)
		return outcome(cli, r, w, NULL);
	record(a, w);
	if (cli->json) {
		(void)printf("{\"name\": \"%s\", \"token\": \"%s\"}\n", w->name, token);
	} else {
		if (isatty(STDOUT_FILENO)) /* alone, it goes into a variable */
			say(cli, "cli.user_token", NULL);
		(void)printf("%s\n", token);
	}
	explicit_bzero(token, sizeof token);
	return CLI_OK;
}

static int add_row(void *arg, const struct access_row *row)
{
	(void)json_array_append_new(arg, json_pack("{s:s,s:s,s:s,s:I,s:I}", "name", row->name,
						   "kind", row->kind, "role", role_name(row->role),
						   "made", (json_int_t)row->made_ms, "until",
						   (json_int_t)row->until_ms));
	return 0;
}

static void show_rows(const struct cli *cli, const json_t *rows)
{
	static const char *const heads[] = { "cli.h_name", "cli.h_kind", "cli.h_role", "cli.h_made",
					     "cli.h_until" };
	struct table *t = table_new(cli, 5, heads);
	const json_t *row;
	size_t i;
	char at[64];

	json_array_foreach(rows, i, row)
	{
		int64_t until = j_int(row, "until", 0);

		table_cell(t, STYLE_BOLD, j_text(row, "name", "?"));
		table_cell(t, STYLE_PLAIN,
			   tr_word(cli->lang, "cli.kind_", j_text(row, "kind", "?")));
		table_cell(t, STYLE_PLAIN, tr_word(cli->lang, "role.", j_text(row, "role", "?")));
		table_cell(t, STYLE_DIM, time_text(at, sizeof at, cli, j_int(row, "made", 0)));
		table_cell(t, STYLE_DIM, until == 0 ? "–" : time_text(at, sizeof at, cli, until));
	}
	table_print(t);
	table_free(t);
}

static int list(const struct cli *cli, struct access *a)
{
	json_t *rows = json_array(), *out;
	int r = access_list(a, add_row, rows);

	if (r == 0 && cli->json) {
		out = json_pack("{s:O}", "users", rows);
		print_json(out);
		json_decref(out);
	} else if (r == 0) {
		show_rows(cli, rows);
	}
	json_decref(rows);
	return r == 0 ? CLI_OK : CLI_MISUSE;
}

static int add_deed(void *arg, const struct access_deed *d)
{
	(void)json_array_append_new(arg, json_pack("{s:I,s:s,s:s,s:s,s:s,s:s}", "at",
						   (json_int_t)d->wall_ms, "user", d->user,
						   "action", d->action, "target", d->target,
						   "result", d->result, "peer", d->peer));
	return 0;
}

static void show_deeds(const struct cli *cli, const json_t *rows)
{
	static const char *const heads[] = { "cli.h_when",   "cli.h_by",   "cli.h_did",
					     "cli.h_target", "cli.h_peer", "cli.h_result" };
	struct table *t = table_new(cli, 6, heads);
	const json_t *row;
	size_t i;
	char at[64];

	json_array_foreach(rows, i, row)
	{
		const char *result = j_text(row, "result", "?");
		bool ok = strcmp(result, "refused") != 0;

		table_cell(t, STYLE_DIM, time_text(at, sizeof at, cli, j_int(row, "at", 0)));
		table_cell(t, STYLE_BOLD, j_text(row, "user", "?"));
		table_cell(t, STYLE_PLAIN,
			   tr_word(cli->lang, "audit.", j_text(row, "action", "?")));
		table_cell(t, STYLE_PLAIN, j_text(row, "target", ""));
		table_cell(t, STYLE_DIM, j_text(row, "peer", ""));
		table_cell(t, ok ? STYLE_DIM : STYLE_WARN, tr_word(cli->lang, "done.", result));
	}
	table_print(t);
	table_free(t);
}

static int audit_list(const struct cli *cli, struct access *a)
{
	json_t *rows = json_array();
	int r = access_audit_list(a, AUDIT_ROWS, add_deed, rows);

	if (r == 0 && cli->json) {
		json_t *out = json_pack("{s:O}", "audit", rows);

		print_json(out);
		json_decref(out);
	} else if (r == 0) {
		show_deeds(cli, rows);
	}
	json_decref(rows);
	return r == 0 ? CLI_OK : CLI_MISUSE;
}

static int remove_one(const struct cli *cli, struct access *a, const struct user_wish *w)
{
	int r = access_remove(a, w->name);

	if (r == 0)
		record(a, w);
	return outcome(cli, r, w, "cli.user_removed");
}

static int read_wish(const struct cli *cli, int argc, char **argv, struct user_wish *w)
{
	static const struct option options[] = { { "db", required_argument, NULL, 'd' },
						 { "role", required_argument, NULL, 'r' },
						 { "password-file", required_argument, NULL, 'p' },
						 { "days", required_argument, NULL, 'n' },
						 { 0 } };
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == '?')
			return cli_misuse(cli);
		w->db = o == 'd' ? optarg : w->db;
		w->role = o == 'r' ? optarg : w->role;
		w->password_file = o == 'p' ? optarg : w->password_file;
		if (o == 'n' && when_days(cli, optarg, DAYS_MAX, &w->days) != CLI_OK)
			return CLI_MISUSE;
	}
	w->verb = optind < argc ? argv[optind] : "";
	w->name = optind + 1 < argc ? argv[optind + 1] : NULL;
	return argc - optind <= 2 && w->verb[0] != '\0' ? CLI_OK : cli_misuse(cli);
}

static int carry_out(const struct cli *cli, struct access *a, const struct user_wish *w)
{
	bool token = strcmp(w->verb, "token") == 0, add = strcmp(w->verb, "add") == 0;

	if (strcmp(w->verb, "list") == 0 && w->name == NULL)
		return list(cli, a);
	if (strcmp(w->verb, "audit") == 0 && w->name == NULL)
		return audit_list(cli, a);
	if (w->name == NULL)
		return cli_misuse(cli);
	if ((token || add) && role_parse(w->role) == ROLE_NONE) {
		say_error(cli, "cli.user_bad_role", NULL);
		return CLI_MISUSE;
	}
	if (token)
		return make_token(cli, a, w);
	if (add || strcmp(w->verb, "passwd") == 0)
		return change(cli, a, w, add);
	if (strcmp(w->verb, "remove") == 0)
		return remove_one(cli, a, w);
	return cli_misuse(cli);
}

int cmd_user(struct cli *cli, int argc, char **argv)
{
	struct user_wish w = { .db = "/var/lib/linewatch/users.db", .days = 365 };
	struct access *a = NULL;
	char why[256];
	int r = read_wish(cli, argc, argv, &w);

	if (r != CLI_OK)
		return r;
	if (access_open(&a, w.db, why, sizeof why) < 0) {
		say_error(cli, "cli.user_db", "path", w.db, "why", why, NULL);
		return CLI_MISUSE;
	}
	r = carry_out(cli, a, &w);
	access_close(&a);
	return r;
}
