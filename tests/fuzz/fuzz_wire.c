/* Everything that arrives over MQTT. First byte chooses the message; a report is unpacked as a
 * birth, packed again and unpacked again: what was accepted must survive the round trip. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/wire.h"
#include "common/wire/wire_control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void report(const uint8_t *data, size_t size)
{
	struct wire_report r, again;
	struct wire_head h;
	uint8_t *buf = NULL;
	size_t len = 0;

	(void)wire_report_peek(data, size, &h);
	if (wire_report_unpack(data, size, NULL, &r) != 0)
		return;
	assert(wire_report_peek(data, size, &h) == 0 && h.is_birth && h.seq == r.seq);
	if (wire_report_pack(&r, NULL, &buf, &len) == 0) {
		assert(wire_report_unpack(buf, len, NULL, &again) == 0);
		assert(again.n_values == r.n_values && again.seq == r.seq);
		wire_report_fini(&again);
		free(buf);
	}
	wire_report_fini(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wire_control c;
	struct wire_death d;
	struct wire_collector_state s;

	if (size == 0)
		return 0;
	switch (data[0] & 3) {
	case 0:
		report(data + 1, size - 1);
		break;
	case 1:
		(void)wire_control_unpack(data + 1, size - 1, &c);
		break;
	case 2:
		(void)wire_death_unpack(data + 1, size - 1, &d);
		break;
	default:
		(void)wire_collector_state_unpack(data + 1, size - 1, &s);
	}
	return 0;
}
