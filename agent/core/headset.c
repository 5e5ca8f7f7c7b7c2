#include "agent/core/headset.h"

#include <stdlib.h>
#include <string.h>

static const struct maker {
	uint16_t vendor_id;
	const char *name;
	bool only_headsets; /* all it makes for USB is worn or stands on the desk to be talked to */
} makers[] = {
	{ 0x0b0e, "Jabra", true }, /* GN Netcom */
	{ 0x047f, "Poly", true },  /* Plantronics */
	{ 0x1395, "EPOS", true },  /* Sennheiser Communications */
	{ 0x6993, "Yealink", true },	  { 0x046d, "Logitech", false },
	{ 0x03f0, "HP Poly", false },	  { 0x0d8c, "C-Media", false },
	{ 0x1038, "SteelSeries", false }, { 0x0951, "HyperX", false },
	{ 0x1532, "Razer", false },	  { 0x05a7, "Bose", false },
	{ 0x054c, "Sony", false },	  { 0x045e, "Microsoft", false },
};

static const struct maker *maker_of(uint16_t vendor_id)
{
	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
		if (makers[i].vendor_id == vendor_id)
			return &makers[i];
	return NULL;
}

bool headset_is(const struct usb_thing *t)
{
	const struct maker *m = maker_of(t->vendor_id);

	if (t->has_video)
		return false;
	if (m != NULL)
		return m->only_headsets || t->has_card;
	return t->has_capture;
}

const char *headset_maker(uint16_t vendor_id)
{
	const struct maker *m = maker_of(vendor_id);

	return m != NULL ? m->name : NULL;
}

bool headset_capture_card(const char *sysname, unsigned *ret_card)
{
	char *end;

	if (strncmp(sysname, "pcmC", 4) != 0)
		return false;
	unsigned long card = strtoul(sysname + 4, &end, 10);
	if (end == sysname + 4 || *end != 'D' || card > 1023)
		return false;
	size_t len = strlen(end);
	if (end[len - 1] != 'c')
		return false;
	*ret_card = (unsigned)card;
	return true;
}
