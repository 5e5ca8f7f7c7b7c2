/* measure.h - a reading as people say it: its name and its value in words, as the page has them. */
#ifndef LW_MEASURE_H
#define LW_MEASURE_H

#include <jansson.h>

#include "cli/say.h"

/* "Mức pin", "Điện áp vào #2", "Đĩa đã dùng /home". Returns buf. */
const char *measure_name(char *buf, size_t size, const struct cli *cli, const char *metric);
/* "51,2 V", "1 giờ 27 phút", "chạy bằng pin UPS"; NULL: unknown. */
const char *measure_value(char *buf, size_t size, const struct cli *cli, const json_t *reading);

#endif
