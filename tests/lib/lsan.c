/* Criterion's runner now and then forgets 48 bytes of its own when a worker ends. That is overlooked in
 * the runner, which runs no test; a worker, where the tests run, overlooks nothing. */
#include <errno.h>
#include <string.h>

const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return strstr(program_invocation_name, "boxfort") != NULL ? "" : "leak:libcriterion.so\n";
}
