/* The two tables of an agent over common/io/subagent, which speaks to the master. */
#include "agent/io/agentx/agentx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/agentx.h"
#include "common/io/subagent.h"

enum { ROWS_MAX = 32, TRUE_VALUE = 1, FALSE_VALUE = 2 };

static const uint32_t root[] = LINEWATCH_MIB_ROOT;

struct agentx {
	struct subagent *subagent;
	struct agentx_source source;
	struct agentx_headset headsets[ROWS_MAX];
	uint32_t n_headsets;
	void (*closed)(void *arg);
	void *closed_arg;
};

static struct agentx_value text(const char *s)
{
	return (struct agentx_value){ .kind = AGENTX_TEXT, .text = s };
}

static struct agentx_value truth(int yes)
{
	return (struct agentx_value){ .kind = AGENTX_INTEGER,
				      .number = yes ? TRUE_VALUE : FALSE_VALUE };
}

static uint32_t headset_rows(void *arg)
{
	return ((const struct agentx *)arg)->n_headsets;
}

static struct agentx_value headset_value(void *arg, uint32_t row, uint32_t column)
{
	const struct agentx *a = arg;
	const struct agentx_headset *h = &a->headsets[row - 1];

	if (column == 5)
		return truth(h->present);
	if (column == 6)
		return truth(h->capture);
	return text(column == 2 ? h->vendor : column == 3 ? h->product : h->serial);
}

static uint32_t device_rows(void *arg)
{
	const struct agentx *a = arg;

	return a->source.devices(a->source.arg);
}

static struct agentx_value device_value(void *arg, uint32_t row, uint32_t column)
{
	const struct agentx *a = arg;
	struct agentx_device d = a->source.device(a->source.arg, row - 1);

	if (column == 4)
		return truth(d.reachable);
	if (column == 5)
		return (struct agentx_value){ .kind = AGENTX_GAUGE, .number = d.age_s };
	return text(column == 2 ? d.id : d.device_class);
}

static const struct agentx_table tables[] = {
	{ AGENTX_HEADSETS, 2, 6, headset_rows, NULL, headset_value },
	{ AGENTX_DEVICES, 2, 5, device_rows, NULL, device_value },
};

int agentx_open(struct agentx **ret, uv_loop_t *loop, const char *path,
		const struct agentx_source *source)
{
	struct agentx *a = calloc(1, sizeof *a);
	if (a == NULL)
		return -ENOMEM;

	const struct agentx_mib mib = { root, sizeof root / sizeof *root, tables,
					sizeof tables / sizeof *tables, a };
	a->source = *source;
	int r = subagent_open(&a->subagent, loop, path, "linewatch-agent", &mib);
	if (r < 0) {
		free(a);
		return r;
	}
	*ret = a;
	return 0;
}

static struct agentx_headset *row_of(struct agentx *a, const struct agentx_headset *h)
{
	for (uint32_t i = 0; i < a->n_headsets; i++)
		if (strcmp(a->headsets[i].serial, h->serial) == 0 &&
		    strcmp(a->headsets[i].product, h->product) == 0)
			return &a->headsets[i];
	return a->n_headsets < ROWS_MAX ? &a->headsets[a->n_headsets++] : NULL;
}

void agentx_set_headsets(struct agentx *a, const struct agentx_headset *list, uint32_t n)
{
	for (uint32_t i = 0; i < a->n_headsets; i++)
		a->headsets[i].present = a->headsets[i].capture = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct agentx_headset *row = row_of(a, &list[i]);
		if (row != NULL)
			*row = list[i];
	}
}

static void on_closed(void *arg)
{
	struct agentx *a = arg;
	void (*closed)(void *) = a->closed;
	void *closed_arg = a->closed_arg;

	free(a);
	if (closed != NULL)
		closed(closed_arg);
}

void agentx_close(struct agentx *a, void (*closed)(void *arg), void *arg)
{
	if (a == NULL)
		return;
	a->closed = closed;
	a->closed_arg = arg;
	subagent_close(a->subagent, on_closed, a);
}
