#include "collector/core/topology.h"

#include <string.h>

static const char *const class_names[CLASS_END] = {
	"none", "ups",	   "headset",	  "phone", "pbx",     "trunk",
	"ivr",	"service", "workstation", "link",  "network",
};

const char *device_class_name(enum device_class c)
{
	return (unsigned)c < CLASS_END ? class_names[c] : "none";
}

bool device_class_parse(const char *name, enum device_class *ret)
{
	for (unsigned i = CLASS_UPS; i < CLASS_END; i++) {
		if (strcmp(class_names[i], name) == 0) {
			*ret = (enum device_class)i;
			return true;
		}
	}
	return false;
}
