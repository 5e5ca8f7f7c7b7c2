#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/registry.h"
#include "common/wire/wire.h"

/* The example of docs/PROTOCOL.md, as the page prints it. */
static size_t documented(uint8_t *bytes, size_t size)
{
	char line[512];
	size_t n = 0;
	FILE *f = fopen(LW_SOURCE_DIR "/docs/PROTOCOL.md", "r");

	cr_assert_not_null(f);
	while (n == 0 && fgets(line, sizeof line, f) != NULL) {
		if (strncmp(line, "0d 44 ", 6) != 0)
			continue;
		for (char *word = strtok(line, " \n"); word != NULL && n < size;
		     word = strtok(NULL, " \n"))
			bytes[n++] = (uint8_t)strtoul(word, NULL, 16);
	}
	(void)fclose(f);
	return n;
}

Test(protocol, the_documented_bytes_are_those_that_travel)
{
	struct wire_slot slots[] = { { .metric = M_BATTERY_CHARGE },
				     { .metric = M_INPUT_VOLTAGE },
				     { .metric = M_UPS_STATUS } };
	char id[] = "ups-1", class[] = "ups";
	struct wire_device ups = { .id = id, .device_class = class, .n_slots = 3, .slots = slots };
	struct wire_layout layout = { .boot_id = 0x11223344,
				      .number = 1,
				      .wall_ms = 1000,
				      .n_devices = 1,
				      .n_slots = 3,
				      .devices = &ups };
	struct wire_value values[] = { { 0, 0, 975 }, { 2, 0, UPS_ON_BATTERY } };
	struct wire_report r = { .boot_id = 0x11223344,
				 .seq = 7,
				 .mono_ms = 30000,
				 .wall_ms = 31000,
				 .layout = 1,
				 .full_seq = 4,
				 .n_values = 2,
				 .values = values };
	uint8_t page[128], *bytes;
	size_t len, n = documented(page, sizeof page);

	cr_assert_eq(wire_report_pack(&r, &layout, &bytes, &len), 0);
	cr_assert_eq(len, n);
	cr_expect_arr_eq(bytes, page, n);
	free(bytes);
}
