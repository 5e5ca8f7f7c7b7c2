#include "collector/io/store/archive_json.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { BASE64 = sodium_base64_VARIANT_ORIGINAL };

json_t *bytes_json(const void *buf, size_t len)
{
	size_t room = sodium_base64_encoded_len(len, BASE64);
	char *text = malloc(room);

	if (text == NULL)
		return NULL;
	(void)sodium_bin2base64(text, room, buf != NULL ? buf : (const void *)"", len, BASE64);
	json_t *j = json_string(text);
	free(text);
	return j;
}

json_t *text_json(const char *text)
{
	if (text == NULL)
		return json_null();
	json_t *j = json_string(text);
	return j != NULL ? j : json_pack("{s:o}", "base64", bytes_json(text, strlen(text)));
}

int json_bytes(const json_t *j, uint8_t **ret, size_t *ret_len)
{
	const char *text = json_string_value(j);
	size_t n = json_string_length(j);

	if (text == NULL)
		return -EBADMSG;
	uint8_t *buf = malloc(n + 1);
	if (buf == NULL)
		return -ENOMEM;
	if (sodium_base642bin(buf, n, text, n, NULL, ret_len, NULL, BASE64) != 0) {
		free(buf);
		return -EBADMSG;
	}
	buf[*ret_len] = '\0';
	*ret = buf;
	return 0;
}

int json_text(const json_t *j, char **ret)
{
	size_t len;

	if (json_is_null(j)) {
		*ret = NULL;
		return 0;
	}
	if (json_is_object(j))
		return json_bytes(json_object_get(j, "base64"), (uint8_t **)ret, &len);
	if (!json_is_string(j))
		return -EBADMSG;
	*ret = strdup(json_string_value(j));
	return *ret != NULL ? 0 : -ENOMEM;
}
