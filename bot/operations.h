/* What operators rely on: health, readiness, metrics, systemd, retention, and an alarm to the organisers. */
#ifndef BOT_OPERATIONS_H
#define BOT_OPERATIONS_H

#include "bot/config.h"
#include "bot/core/http.h"
#include "bot/school/school.h"

struct loop;
struct operations;
struct reserve;

struct operations_options { /* all borrowed */
    const struct config *config;
    struct school *school;
    struct loop *loop;
    struct inbox *inbox;
    struct reserve *reserve;
};

struct operations *operations_new(const struct operations_options *);
void operations_free(struct operations *);

/* /healthz, /readyz, /metrics. */
const struct http_route *operations_routes(struct operations *, size_t *ret_count);

/* /metrics for everybody who reaches it: for the listener of metrics_listen. */
const struct http_route *operations_metrics(void);

/* Tells systemd, and readiness, that messages are taken; that it ends. */
void operations_ready(struct operations *);
void operations_stopping(struct operations *);

/* The disk is full and the reserve given up, which is told like an alarm; or there is room again, which is
 * told too. */
void operations_disk(void *operations, bool full);

/* Something only a person can mend (token refused, IP not trusted, backlog, disk nearly full): logged,
 * counted and told to the organisers, at most once an hour for each `what`, a key under "alarm" in the
 * locales. */
void operations_alarm(void *operations, const char *what);

#endif
