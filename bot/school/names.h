/* Lists of names as people write them. */
#ifndef BOT_SCHOOL_NAMES_H
#define BOT_SCHOOL_NAMES_H

#include "bot/school/talk.h"

/* "张三、李四", or of a longer list the first `max` and how many there are: "张三、李四等9人". In the talk's
 * language and pool; `names` holds const char *. */
const char *names_join(struct talk *, const GPtrArray *names, size_t max);

#endif
