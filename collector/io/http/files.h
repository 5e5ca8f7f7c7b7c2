/* files.h - private to http/: the page's files, read once at start-up and kept in memory, plain and
 * gzipped. A path that is none of them and has no extension is the page itself (its own router). */
#ifndef LW_FILES_H
#define LW_FILES_H

#include "collector/io/http/request.h"

enum { FILES_MAX = 512, FILES_BYTES_MAX = 32 << 20 };

/* Blocks; start-up only. root NULL: no page, "/" says where the API is. */
int files_open(struct files **ret, const char *root, char *reterr, size_t reterr_size);
void files_close(struct files **fp);

/* Answers GET and HEAD of `path`. */
enum MHD_Result files_send(const struct files *f, struct request *q, const char *path);

#endif
