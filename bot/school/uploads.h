/* One-time pages for files: an address bound to a chat, a person and a purpose, good for a day of the class
 * clock. What is uploaded there and then handed over is handled as if it had been sent in that chat with the
 * caption of the page. The store holds a digest of the address only. */
#ifndef BOT_SCHOOL_UPLOADS_H
#define BOT_SCHOOL_UPLOADS_H

#include "bot/school/talk.h"

enum { UPLOAD_LIVES = 86400, UPLOAD_FILES = UPDATE_FILES_MAX, UPLOAD_KEY_MAX = 100 };

/* The tables; the handler's (handlers/upload.c). */
extern const char *const uploads_schema[];

/* Inside a job: answers the speaker with a new page for `label` (in the speaker's words: "作业 3《选品》"; ""
 * anything). What is handed over there counts as files sent with `caption`. */
void uploads_offer(struct talk *, const char *caption, const char *label);

struct upload {
    int64_t id, person, member, until;
    enum platform_id platform;
    const char *account, *caption, *label;
    bool sent;
    int64_t refused; /* how often nobody wanted its files */
};

/* The page under the digest of its address, or by its id; false when there is none. Texts in the pool. */
bool uploads_find(struct store *, struct pool *, const char *digest, struct upload *ret);
bool uploads_by_id(struct store *, struct pool *, int64_t id, struct upload *ret);

/* Whether it still belongs to whom it was given to: the account is bound, the person in the class. */
bool uploads_holds(struct store *, const struct upload *);

/* One file of a page. */
struct upload_part {
    int64_t id, size, have;
    const char *name, *sha256, *type; /* sha256, type: NULL until it is whole */
    bool renamed;                     /* its name was not true to its content */
};

/* Its files in the order they came, at most UPLOAD_FILES; whole ones only when asked. In the pool. */
size_t uploads_parts(struct store *, struct pool *, int64_t upload, bool whole, struct upload_part *ret);
bool uploads_part(struct store *, struct pool *, int64_t upload, int64_t part, struct upload_part *ret);

/* Bytes that are announced on all pages of a person and are not whole. */
int64_t uploads_coming(struct store *, int64_t person);

/* Whether this browser has announced a file that it calls `key`. */
bool uploads_has(struct store *, int64_t upload, const char *key);

/* Inside a job: the file that this browser calls `key`, the one known already or a new one; 0 when the page
 * holds as many as it takes. */
int64_t uploads_begin(struct store *, int64_t upload, const char *key, const char *name, int64_t size);

/* Inside a job: so many bytes are here; it is whole, of that type; it is not wanted any more. */
void uploads_wrote(struct store *, int64_t part, int64_t have);
void uploads_whole(struct talk *, int64_t upload, int64_t part, const char *sha256, const char *type);
void uploads_drop(struct talk *, int64_t upload, int64_t part);

/* Inside a job: its files are handed over, and the page takes nothing more; or nobody wanted them now, and
 * they may be handed over again. */
void uploads_sent(struct talk *, int64_t upload);
void uploads_refused(struct talk *, int64_t upload);

/* Inside a job: no page that was given out takes anything any more. */
void uploads_close(struct store *);

/* Inside a job: parts that no page knows any more, as a crash leaves them, are removed. */
void uploads_sweep(struct talk *);

/* Inside a job: the page and what nobody handed over are gone. */
void uploads_forget(struct talk *, int64_t upload);

#endif
