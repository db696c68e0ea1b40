/* The access token: fetched once, kept in memory only, fetched anew when it ends or is refused. Everybody who
 * wants one waits for the same fetch. A refused secret is not tried again for minutes: WeCom blocks the
 * address of who does. */
#ifndef BOT_PLATFORM_WECOM_TOKEN_H
#define BOT_PLATFORM_WECOM_TOKEN_H

#include <stdint.h>

struct fetch;
struct loop;
struct wecom_token;

/* alarm(data, what) is told a short word when only a person can mend it: token_refused, ip_not_trusted. */
struct wecom_token *wecom_token_new(struct loop *, struct fetch *, const char *api_base, const char *corp_id,
                                    const char *secret, void (*alarm)(void *data, const char *what),
                                    void *data);

/* Who waits is forgotten, fn not called. Only when the loop has ended. */
void wecom_token_free(struct wecom_token *);

/* fn(data, token, 0) as soon as there is one, maybe at once; fn(data, NULL, wait_ms), never from inside this
 * call, when there will be none for that long. */
void wecom_token_want(struct wecom_token *, void (*fn)(void *data, const char *token, int64_t wait_ms),
                      void *data);

/* WeCom refused this token: unless it was replaced meanwhile, the next who wants one has a new one fetched.
 * When the new one is refused as well before it ever worked, there is none for minutes. */
void wecom_token_refused(struct wecom_token *, const char *token);

/* WeCom took this token. */
void wecom_token_worked(struct wecom_token *, const char *token);

#endif
