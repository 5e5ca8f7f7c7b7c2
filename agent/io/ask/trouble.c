#include "agent/io/ask/trouble.h"

#include <stddef.h>
#include <uv.h>

const char *trouble_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} texts[] = {
		{ UV_EAI_AGAIN, "the name cannot be looked up: no name server answers" },
		{ UV_EAI_FAIL, "the name cannot be looked up: the name server refuses" },
		{ UV_EAI_NONAME, "no such host: check the name in the URL" },
		{ UV_EAI_NODATA, "no such host: the name has no address" },
		{ UV_EOF, "the connection was closed at once" },
		{ UV_EPROTO, "it does not speak this protocol" },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].status == status)
			return texts[i].text;
	return uv_strerror(status);
}
