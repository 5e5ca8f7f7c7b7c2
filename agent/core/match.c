/* match.c - which profile fits: what answers counts more than what the device calls itself. */
#include <string.h>

#include "agent/core/match.h"
#include "common/core/out.h"

/* A MIB that half the world answers (hosts, interfaces) tells little: priority below 20. */
enum { SCORE_ANSWERS = 1000, SCORE_GENERIC = 100, SCORE_DESCR = 200, SCORE_IDENTITY = 20 };
enum { GENERIC_BELOW = 20 };

const struct profile *profile_by_name(const struct profile_set *s, const char *name)
{
	for (unsigned i = 0; i < s->n; i++)
		if (strcmp(s->profiles[i]->name, name) == 0)
			return s->profiles[i];
	return NULL;
}

struct oid match_probe(const struct profile_set *s, size_t i)
{
	for (unsigned p = 0; p < s->n; p++) {
		if (i < s->profiles[p]->n_answers)
			return s->profiles[p]->answers[i];
		i -= s->profiles[p]->n_answers;
	}
	return (struct oid){ NULL, 0 };
}

static const char *descr_word(const struct profile *p, const char *descr)
{
	for (unsigned i = 0; i < p->n_descr; i++)
		if (strstr(descr, p->descr[i]) != NULL)
			return p->descr[i];
	return NULL;
}

/* The longest of its prefixes that the device's sysObjectID lies under. */
static struct oid identity_prefix(const struct profile *p, struct oid sysobjectid)
{
	struct oid best = { NULL, 0 };

	for (unsigned i = 0; i < p->n_sysobjectid; i++)
		if (p->sysobjectid[i].n > best.n && oid_under(sysobjectid, p->sysobjectid[i]))
			best = p->sysobjectid[i];
	return best;
}

static struct oid first_answer(const struct profile *p, const bool *answered)
{
	for (unsigned i = 0; i < p->n_answers; i++)
		if (answered[i])
			return p->answers[i];
	return (struct oid){ NULL, 0 };
}

static int score_of(const struct profile *p, const struct match_input *in, const bool *answered)
{
	struct oid prefix = identity_prefix(p, in->sysobjectid);
	struct oid answer = first_answer(p, answered);
	const char *word = descr_word(p, in->descr);
	int score = p->priority;

	if (p->n_answers > 0 && answer.n == 0)
		return -1;
	/* without an object of its own to show, identity has to speak */
	if (p->n_answers == 0 && prefix.n == 0 && word == NULL &&
	    (p->n_sysobjectid > 0 || p->n_descr > 0))
		return -1;
	if (answer.n > 0)
		score += p->priority < GENERIC_BELOW ? SCORE_GENERIC : SCORE_ANSWERS;
	if (prefix.n > 0)
		score += SCORE_IDENTITY * (int)prefix.n;
	if (word != NULL)
		score += SCORE_DESCR;
	return score;
}

static void say(struct match *m, const char *what, struct oid o, const char *rest)
{
	char text[MATCH_EVIDENCE_MAX];

	if (m->n_evidence == MATCH_MAX_EVIDENCE)
		return;
	(void)oid_format(o, text, sizeof text - 40);
	text[100] = '\0';
	(void)out_join(m->evidence[m->n_evidence++], MATCH_EVIDENCE_MAX, what, text, rest, NULL);
}

static void explain(struct match *m, const struct match_input *in, const bool *answered)
{
	const struct profile *p = m->profile;
	struct oid prefix = identity_prefix(p, in->sysobjectid);
	struct oid answer = first_answer(p, answered);
	struct oid none = { NULL, 0 };
	const char *word = descr_word(p, in->descr);

	if (answer.n > 0)
		say(m, "answers ", answer, "");
	if (prefix.n > 0)
		say(m, "sysObjectID lies under ", prefix, "");
	else if (in->sysobjectid.n > 0)
		say(m, "sysObjectID ", in->sysobjectid, " says nothing about it");
	if (word != NULL)
		say(m, "sysDescr contains ", none, word);
}

/* An identity that no evidence backs is worth a line: a technician would trust it. */
static void explain_refuted(struct match *m, const struct profile *p, const struct match_input *in)
{
	struct oid prefix = identity_prefix(p, in->sysobjectid);
	char rest[MATCH_EVIDENCE_MAX / 2];

	if (prefix.n < 7 || p->n_answers == 0 || p == m->profile)
		return;
	(void)out_join(rest, sizeof rest, " would be ", p->name,
		       ", but none of its objects answers", NULL);
	say(m, "sysObjectID under ", prefix, rest);
}

void match_profiles(const struct profile_set *s, const struct match_input *in, struct match *ret)
{
	const bool *answered = in->answered;
	const bool *winner_answered = NULL;

	memset(ret, 0, sizeof *ret);
	ret->score = -1;
	for (unsigned i = 0; i < s->n; i++) {
		int score = score_of(s->profiles[i], in, answered);

		if (score > ret->score) {
			ret->score = score;
			ret->profile = s->profiles[i];
			winner_answered = answered;
		}
		answered += s->profiles[i]->n_answers;
	}
	if (ret->profile == NULL)
		return;
	explain(ret, in, winner_answered);
	answered = in->answered;
	for (unsigned i = 0; i < s->n; i++) {
		if (first_answer(s->profiles[i], answered).n == 0)
			explain_refuted(ret, s->profiles[i], in);
		answered += s->profiles[i]->n_answers;
	}
}
