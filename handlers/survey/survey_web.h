/* ballot: web. Tokens that were signed blindly instead of answers in chat: what its files share. */
#ifndef HANDLERS_SURVEY_WEB_H
#define HANDLERS_SURVEY_WEB_H

#include "bot/core/blind.h"
#include "bot/core/secret.h"
#include "handlers/survey/survey_private.h"

enum { CAST_KEY = 32 /* bytes of SHA-256 */, TICKET_BYTES = 16 };

/* survey_web.c: the calls of the pages, and what their answers are made of. */
void survey_refuse(struct page_call *, int status, const char *code, const char *error);
bool survey_hex(const cJSON *body, const char *name, uint8_t *ret, size_t len); /* exactly `len` bytes */
void survey_put_hex(GString *, const uint8_t *, size_t len);
bool survey_takes(struct talk *, const struct survey *); /* is open, and not past its end */

/* survey_token.c: one key for a survey, one token for a person. */
void survey_page_sign(struct talk *, struct page_call *);
void survey_ticket(struct talk *, int64_t survey, int64_t person,
                   uint8_t ret[SECRET_BYTES]); /* by TICKET_BYTES */
bool survey_signed(struct talk *, int64_t survey, const uint8_t *prefix, const uint8_t *signature);

/* survey_cast.c: ballots that were cast and are held, in memory and nowhere else. */
struct cast {
    int64_t survey;
    uint8_t key[CAST_KEY];
    char *answers; /* JSON */
};
void survey_page_cast(struct talk *, const struct survey *, struct page_call *);

#endif
