/* match.h - which profile a device has, by what it answers. Pure. */
#ifndef LW_MATCH_H
#define LW_MATCH_H

#include "agent/core/profile.h"

/* What is known of a device when a profile must be chosen. */
struct match_input {
	struct oid sysobjectid; /* n == 0: not answered */
	const char *descr;	/* "" : not answered */
	const bool *answered;	/* per probe OID, numbered over the set as match_probe counts */
};

enum { MATCH_MAX_EVIDENCE = 6, MATCH_EVIDENCE_MAX = 160 };

struct match {
	const struct profile *profile; /* NULL: none fits */
	int score;
	unsigned n_evidence;
	char evidence[MATCH_MAX_EVIDENCE][MATCH_EVIDENCE_MAX];
};

/* The i-th probe OID over the whole set; n == 0 past the end. */
struct oid match_probe(const struct profile_set *s, size_t i);

/* Evidence before identity: a profile whose probe objects do not answer never matches. */
void match_profiles(const struct profile_set *s, const struct match_input *in, struct match *ret);

#endif
