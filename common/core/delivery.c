#include "common/core/delivery.h"

#include <assert.h>

static int64_t pause_ms(uint32_t failures, double chance)
{
	int64_t pause = DELIVERY_FIRST_PAUSE_MS;

	for (uint32_t i = 1; i < failures && pause < DELIVERY_MAX_PAUSE_MS; i++)
		pause *= 2;
	if (pause > DELIVERY_MAX_PAUSE_MS)
		pause = DELIVERY_MAX_PAUSE_MS;
	return pause / 2 + (int64_t)((double)(pause / 2) * chance); /* half fixed, half jitter */
}

static void next_channel(struct delivery *d, uint32_t n_channels)
{
	d->channel = (d->channel + 1) % n_channels;
	d->tries = 0;
}

static struct delivery_next taken(struct delivery *d, uint32_t n_channels, bool wants_receipt,
				  int64_t now_ms)
{
	d->taken++;
	d->failures = 0;
	next_channel(d, n_channels);
	if (!wants_receipt || d->channel == 0)
		return (struct delivery_next){ DELIVERY_DONE, 0 }; /* every channel had its turn */
	return (struct delivery_next){ DELIVERY_AGAIN, now_ms + DELIVERY_RECEIPT_MS };
}

static struct delivery_next failed(struct delivery *d, uint32_t n_channels, bool permanent,
				   int64_t retry_after_ms, int64_t now_ms, double chance)
{
	int64_t wait;

	d->tries++;
	d->failures++;
	wait = pause_ms(d->failures, chance);
	if (retry_after_ms > wait)
		wait = retry_after_ms;
	if (permanent || d->tries >= DELIVERY_TRIES || retry_after_ms > DELIVERY_MAX_PAUSE_MS) {
		next_channel(d, n_channels);
		if (d->channel != 0)
			wait = 0; /* a fresh channel is not made to wait for a dead one */
	}
	return (struct delivery_next){ DELIVERY_AGAIN, now_ms + wait };
}

struct delivery_next delivery_step(struct delivery *d, uint32_t n_channels,
				   enum delivery_result result, bool wants_receipt,
				   int64_t retry_after_ms, int64_t born_ms, int64_t now_ms,
				   double chance)
{
	struct delivery_next n;

	assert(n_channels > 0 && d->channel < n_channels);
	if (result == DELIVERY_TAKEN)
		return taken(d, n_channels, wants_receipt, now_ms);
	if (result == DELIVERY_PERMANENT && n_channels == 1)
		return (struct delivery_next){ DELIVERY_GIVEN_UP, 0 };
	n = failed(d, n_channels, result == DELIVERY_PERMANENT, retry_after_ms, now_ms, chance);
	if (d->channel == 0 && d->tries == 0 && d->taken > 0)
		return (struct delivery_next){ DELIVERY_DONE,
					       0 }; /* one took it, the rest are dead */
	if (n.due_ms - born_ms > DELIVERY_MAX_AGE_MS)
		return (struct delivery_next){ DELIVERY_GIVEN_UP, 0 };
	return n;
}

bool delivery_is_due(const struct delivery *d, uint32_t n_channels, enum delivery_answer answer)
{
	if (d->channel >= n_channels)
		return false;
	return d->taken == 0 || answer == DELIVERY_NOBODY_YET;
}
