/* A configuration file: any text. It is taken or refused with a line; nothing else. */
#include <assert.h>
#include <stdio.h>

#include "common/io/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct row {
	char *id;
	unsigned port;
};

struct file {
	char *name;
	struct row *rows;
	unsigned rows_count;
};

static const cyaml_schema_field_t row_fields[] = {
	CYAML_FIELD_STRING_PTR("id", CYAML_FLAG_POINTER, struct row, id, 1, 64),
	CYAML_FIELD_UINT("port", CYAML_FLAG_OPTIONAL, struct row, port), CYAML_FIELD_END
};
static const cyaml_schema_value_t row_value = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct row,
								    row_fields) };
static const cyaml_schema_field_t file_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct file, name, 1, 64),
	CYAML_FIELD_SEQUENCE("rows", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file, rows,
			     &row_value, 0, 1000),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t file_value = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER,
								     struct file, file_fields) };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *c = NULL;
	void *loaded = NULL;
	int r = conf_load_text(&c, "f", (const char *)data, size, &file_value, &loaded);

	assert(r == 0 || r == CONF_INVALID || r == -12);
	if (r == CONF_INVALID)
		assert(loaded == NULL && conf_problems(c) >= 1);
	if (r == 0)
		(void)conf_at(c, "rows[1].port");
	conf_data_free(&file_value, loaded);
	conf_close(c);
	return 0;
}
