/* archive_json.h - bytes and texts of a row in an archive's JSON, and back. */
#ifndef LW_STORE_ARCHIVE_JSON_H
#define LW_STORE_ARCHIVE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

json_t *bytes_json(const void *buf, size_t len); /* base64 */
/* NULL is null; what is not UTF-8 is {"base64": …}. */
json_t *text_json(const char *text);

/* malloc'ed, NUL behind them; -EBADMSG: not what the above write. *ret NULL for null (text only). */
int json_bytes(const json_t *j, uint8_t **ret, size_t *ret_len);
int json_text(const json_t *j, char **ret);

#endif
