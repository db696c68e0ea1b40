/* A form on a web page: its questions as JSON, and the answers a page sends, which are checked as strictly as
 * those in chat. */
#ifndef BOT_SCHOOL_FORM_PAGE_H
#define BOT_SCHOOL_FORM_PAGE_H

#include "bot/school/form.h"

/* Appends the questions as a JSON list, in the talk's language: {"id","kind","ask","required","min","max",
 * "options":[{"value","label"}],"when":{"id","values"} or null}. Files cannot be sent by such a page. */
void form_page_questions(struct talk *, const struct filling *, GString *into);

/* Takes the answers of a page (id → answer; what was skipped is missing) into an empty filling. False when
 * they are not those of this form; *ret_wrong is the question it is about, "" the whole. */
bool form_page_take(struct filling *, const cJSON *answers, const char **ret_wrong);

#endif
