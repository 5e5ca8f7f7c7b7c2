/* fuzz_store.c - what comes back from the disk and from zone files: the first byte says which. */
#include <stdlib.h>

#include "collector/core/zone.h"
#include "collector/io/store/apply.h"
#include "collector/io/store/day.h"
#include "collector/io/store/roll.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_reading(const uint8_t *data, size_t size)
{
	int64_t nominal[8] = { 0, 1, -1, 1000, INT64_MAX, INT64_MIN, 230, 5 };
	struct store_value v[8];

	for (size_t n = 0; n <= 8; n++)
		(void)reading_unpack(data, size, nominal, n, v);
}

static void as_chunk(const uint8_t *data, size_t size)
{
	struct chunk c, again;
	uint8_t *bytes;
	size_t len;

	if (chunk_unpack(data, size, &c) < 0)
		return;
	/* what was taken must survive being written and read again */
	if (chunk_pack(&c, &bytes, &len, NULL) == 0) {
		if (chunk_unpack(bytes, len, &again) < 0 || again.n_rows != c.n_rows)
			abort();
		chunk_fini(&again);
		free(bytes);
	}
	chunk_sort(&c);
	chunk_fini(&c);
}

static void as_day(const uint8_t *data, size_t size)
{
	struct day d;

	if (day_unpack(data, size, 20000, &d) == 0)
		day_fini(&d);
}

static void as_body(const uint8_t *data, size_t size)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	uint8_t *plain;
	size_t len;

	if (body_inflate(z, data, size, &plain, &len) == 0)
		free(plain);
	(void)ZSTD_freeDCtx(z);
}

static void as_zone(const uint8_t *data, size_t size)
{
	struct zone z;

	if (zone_parse(data, size, &z) < 0)
		return;
	(void)zone_midnight(&z, 2026, 11, 1);
	(void)zone_civil(&z, 1790000000);
	zone_fini(&z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const uint8_t *, size_t) = { as_reading, as_chunk, as_day,
								    as_body, as_zone };

	if (size > 0)
		readers[data[0] % (sizeof readers / sizeof *readers)](data + 1, size - 1);
	return 0;
}
