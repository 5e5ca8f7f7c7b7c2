/* A profile file from anybody: loaded, checked, laid out. */
#include "agent/core/plan.h"
#include "agent/io/snmp/profile_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct plan_table none[600];
	char why[PROFILE_ERROR_MAX];
	struct arena arena = { 0 };
	struct profile *p = NULL;
	struct plan *plan = NULL;

	if (profile_parse(&arena, "fuzz", data, size, &p, why, sizeof why) == 0 &&
	    plan_new(&plan, p, none) == 0)
		plan_free(plan);
	arena_fini(&arena);
	return 0;
}
