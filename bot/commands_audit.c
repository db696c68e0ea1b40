/* audit verify|head|list: the trail of what was done, read beside a running server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/commands.h"
#include "bot/core/audit.h"
#include "bot/core/secret.h"
#include "bot/core/text.h"
#include "bot/school/school.h"
#include "handlers/table.h"

enum { DONE = 0, FAILED = 1, MISUSED = 2, HEAD_LEAST = 12, LIST_DEFAULT = 50, LIST_MOST = 100000 };

/* The store for reading, and what the trail is signed with. */
struct trail {
    struct store *store;
    GTimeZone *zone;
    uint8_t secret[SECRET_BYTES];
};

static bool open_trail(const struct config *config, struct trail *ret)
{
    g_autofree char *path = g_build_filename(config->data_dir, "banzhang.db", NULL), *why = NULL;
    g_autoptr(GError) error = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        fprintf(stderr, "%s: there is no store yet\n", path);
        return false;
    }
    if (!secret_load(config->data_dir, ret->secret, &why)) {
        fprintf(stderr, "%s\n", why);
        return false;
    }
    ret->store = store_open_reader(path, &error);
    if (!ret->store) {
        fprintf(stderr, "%s\n", error->message);
        return false;
    }
    ret->zone = g_time_zone_new_identifier(config->zone);
    return true;
}

static void close_trail(struct trail *trail)
{
    g_time_zone_unref(trail->zone);
    store_close(trail->store);
}

/* A moment as people write it, in the configured time zone; yours. */
static char *moment(const struct trail *trail, int64_t at)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) here = utc ? g_date_time_to_timezone(utc, trail->zone) : NULL;

    return here ? g_date_time_format(here, "%F %T") : g_strdup("?");
}

/* The first second of a day "YYYY-MM-DD" and of the next; false when it is none. */
static bool bounds(const struct trail *trail, const char *day, int64_t *ret_from, int64_t *ret_until)
{
    int year, month, date;

    if (!text_day(day, &year, &month, &date))
        return false;
    g_autoptr(GDateTime) from = g_date_time_new(trail->zone, year, month, date, 0, 0, 0);
    g_autoptr(GDateTime) until = from ? g_date_time_add_days(from, 1) : NULL;

    if (!until)
        return false;
    *ret_from = g_date_time_to_unix(from);
    *ret_until = g_date_time_to_unix(until);
    return true;
}

static void print_fault(void *data, const char *sentence)
{
    (void)data;
    puts(sentence);
}

/* One DAY=HEX that was printed in a digest: whether the chain still holds it. 0, or the exit code. */
static int check_head(const struct trail *trail, const char *published)
{
    g_auto(GStrv) parts = g_strsplit(published, "=", 2);
    int64_t from, until;

    if (g_strv_length(parts) != 2 || !bounds(trail, parts[0], &from, &until) ||
        strlen(parts[1]) < HEAD_LEAST || strspn(parts[1], "0123456789abcdefABCDEF") < strlen(parts[1])) {
        fprintf(stderr, "\"%s\": a head is written DAY=HEX, like 2026-03-02=4f0c9a1be2d37785\n", published);
        return MISUSED;
    }
    int64_t id = audit_find(trail->store, from, until, parts[1]);

    if (id)
        printf("head of %s: act %" G_GINT64_FORMAT ", as published\n", parts[0], id);
    else
        printf("head of %s: %s is not in the chain: acts up to then were taken away or the chain was made "
               "anew\n",
               parts[0], parts[1]);
    return id ? DONE : FAILED;
}

static int verify(const struct trail *trail, const struct command_audit *what)
{
    g_autofree struct audited *audited = school_audits(handlers);
    struct audit_report report;
    int exit = DONE;

    if (!audit_verify(trail->store, trail->secret, audited, print_fault, NULL, &report)) {
        fputs("the store could not be read to its end; is it of this version?\n", stderr);
        return FAILED;
    }
    for (char **head = what->heads; head && *head; head++)
        exit = MAX(exit, check_head(trail, *head));
    g_autofree char *last = moment(trail, report.last_at);

    printf("%" G_GINT64_FORMAT " acts, %" G_GINT64_FORMAT " with erased contents, %" G_GINT64_FORMAT
           " faults\n",
           report.acts, report.erased, report.faults);
    if (report.acts)
        printf("head: %.16s, act %" G_GINT64_FORMAT " of %s\n", report.head, report.acts, last);
    puts("not to be seen from here: acts cut off after the last head that was published (--head DAY=HEX)");
    return report.faults ? MAX(exit, FAILED) : exit;
}

/* The head of a day, or of all there is. */
static int head(const struct trail *trail, const char *day)
{
    int64_t from = 0, until = G_MAXINT64;
    char hex[AUDIT_MAC * 2 + 1];

    if (day && !bounds(trail, day, &from, &until)) {
        fprintf(stderr, "\"%s\" is no day; write it like 2026-03-02\n", day);
        return MISUSED;
    }
    int64_t id = audit_head(trail->store, until, hex);

    if (!id) {
        fputs("nothing was recorded until then\n", stderr);
        return FAILED;
    }
    printf("%s act %" G_GINT64_FORMAT "\n", hex, id);
    return DONE;
}

/* Who did it, in words; yours. */
static char *actor_name(int64_t actor, const char *name)
{
    if (actor == AUDIT_PROGRAM)
        return g_strdup("(due time)");
    if (actor == AUDIT_COMMAND)
        return g_strdup("(command line)");
    return name ? g_strdup_printf("%s", name) : g_strdup_printf("person %" G_GINT64_FORMAT, actor);
}

/* What an update changed, "signout: \"off\" → \"code\"", from the act before it on the same row (a). */
#define CHANGES                                                                                              \
    "(SELECT group_concat(n.key || ': ' || json_quote(o.value) || ' → ' || json_quote(n.value), ', ')"     \
    " FROM audit_content b, json_each(b.content) o, json_each(c.content) n"                                  \
    " WHERE a.how = 'update' AND o.key = n.key AND o.value IS NOT n.value AND b.id = (SELECT max(e.id)"      \
    " FROM audit e WHERE e.what = a.what AND e.subject = a.subject AND e.id < a.id))"

/* The latest acts, oldest first: a line each, its parts between tabs. */
static int list(const struct trail *trail, const char *how_many)
{
    char *end = NULL;
    int64_t count = how_many ? g_ascii_strtoll(how_many, &end, 10) : LIST_DEFAULT;

    if (count < 1 || count > LIST_MOST || (end && *end)) {
        fprintf(stderr, "how many acts? A number from 1 to %d\n", LIST_MOST);
        return MISUSED;
    }
    g_autoptr(query) q = store_query(
        trail->store,
        "SELECT a.id, a.at, a.actor, p.name, a.what, a.how, a.subject, CASE a.how WHEN 'watch' THEN"
        " '(a digest each)' ELSE coalesce(c.content, '(erased)') END, coalesce(" CHANGES ", '') FROM audit a"
        " LEFT JOIN audit_content c ON c.id = a.id LEFT JOIN person p ON p.id = a.actor"
        " WHERE a.id > (SELECT coalesce(max(id), 0) FROM audit) - ? ORDER BY a.id",
        "i", count);

    while (query_next(q)) {
        g_autofree char *at = moment(trail, query_int(q, 1)),
                        *who = actor_name(query_int(q, 2), query_text(q, 3));

        printf("%" G_GINT64_FORMAT "\t%s\t%s\t%s %s %s\t%s\t%s\n", query_int(q, 0), at, who, query_text(q, 4),
               query_text(q, 5), query_text(q, 6), query_text(q, 7), query_text(q, 8));
    }
    return store_state(trail->store) == STORE_FINE ? DONE : FAILED;
}

int command_audit(const struct config *config, const struct command_audit *what)
{
    struct trail trail = { 0 };
    int exit = MISUSED;

    if (strcmp(what->verb, "verify") != 0 && strcmp(what->verb, "head") != 0 &&
        strcmp(what->verb, "list") != 0) {
        fprintf(stderr, "usage: banzhang audit verify [--head DAY=HEX]... | head [DAY] | list [COUNT]\n");
        return MISUSED;
    }
    if (!open_trail(config, &trail))
        return FAILED;
    if (!strcmp(what->verb, "verify"))
        exit = verify(&trail, what);
    else if (!strcmp(what->verb, "head"))
        exit = head(&trail, what->word);
    else
        exit = list(&trail, what->word);
    close_trail(&trail);
    return exit;
}
