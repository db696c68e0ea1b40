/* How much people may leave here: bytes of one file, of all files of a person, of all people of a class. The
 * numbers are the class file's where it has them, else the configuration's (limits.file,
 * limits.files_of_person, limits.files_of_class). */
#ifndef BOT_SCHOOL_QUOTA_H
#define BOT_SCHOOL_QUOTA_H

#include "bot/school/talk.h"

struct quota {
    int64_t file, person, class;
};

/* What holds in a class (0: in none). */
struct quota quota_of(struct talk *, int64_t class_id);

/* Why `person` cannot leave `total` more bytes in a class (0: none), the largest file of which has `largest`;
 * a sentence in the talk's language, in the pool; NULL when nothing stands against it. */
const char *quota_refusal(struct talk *, int64_t person, int64_t class_id, int64_t largest, int64_t total);

/* The same for a file that was fetched and has these bytes, whatever the platform said or did not say of its
 * size; in the class its sender speaks in. */
const char *quota_refusal_of(struct talk *, int64_t file, int64_t size);

/* Why no file of `size` bytes can come just now, whosever it is: the disk is full. As above. */
const char *quota_no_room(struct talk *, int64_t size);

/* Says so when the files of the talk's update are too large or too many; true when they are. */
bool quota_refuses(struct talk *);

#endif
