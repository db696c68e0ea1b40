#include "bot/school/ics.h"

#include <stdbool.h>
#include <string.h>

#include "bot/school/doors.h"
#include "bot/core/text.h"

enum { FOLD = 75, TOKEN_BYTES = 20, WEEK = 7 * 86400, DAY = 86400 };

/* Appends one content line, folded at 75 bytes between characters. */
static void put_line(GString *into, const char *line)
{
    size_t used = 0;

    while (*line) {
        size_t size = (size_t)(g_utf8_next_char(line) - line);

        if (used + size > FOLD) {
            g_string_append(into, "\r\n ");
            used = 1;
        }
        g_string_append_len(into, line, (gssize)size);
        line += size;
        used += size;
    }
    g_string_append(into, "\r\n");
}

static void put(GString *into, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static void put(GString *into, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_autofree char *line = g_strdup_vprintf(fmt, args);

    va_end(args);
    put_line(into, line);
}

/* Appends NAME:text, the text escaped as RFC 5545 3.3.11 asks. */
static void put_text(GString *into, const char *name, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) line = g_string_new(name);

    g_string_append_c(line, ':');
    for (const char *at = valid; *at; at++) {
        if (*at == '\n') {
            g_string_append(line, "\\n");
        } else if ((guchar)*at >= ' ' || *at == '\t') {
            if (strchr("\\;,", *at))
                g_string_append_c(line, '\\');
            g_string_append_c(line, *at);
        }
    }
    put_line(into, line->str);
}

/* "20260302T090000" in a zone (NULL: UTC, with its Z); yours. */
static char *stamp(GTimeZone *zone, int64_t at)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) here = zone ? g_date_time_to_timezone(utc, zone) : NULL;

    return here ? g_date_time_format(here, "%Y%m%dT%H%M%S") : g_date_time_format(utc, "%Y%m%dT%H%M%SZ");
}

static void put_offset(GString *into, const char *name, int seconds)
{
    int size = ABS(seconds);

    put(into, "%s:%c%02d%02d", name, seconds < 0 ? '-' : '+', size / 3600, size / 60 % 60);
}

/* One span of a zone's time with the same offset, from `since` on. */
static void put_span(GString *into, GTimeZone *zone, int interval, int before, const char *since)
{
    const char *kind = g_time_zone_is_dst(zone, interval) ? "DAYLIGHT" : "STANDARD";

    put(into, "BEGIN:%s", kind);
    put(into, "DTSTART:%s", since);
    put_offset(into, "TZOFFSETFROM", before);
    put_offset(into, "TZOFFSETTO", g_time_zone_get_offset(zone, interval));
    put_text(into, "TZNAME", g_time_zone_get_abbreviation(zone, interval));
    put(into, "END:%s", kind);
}

/* The first moment in (from, to] at which the zone is in another span than at `from`. */
static int64_t change_in(GTimeZone *zone, int64_t from, int64_t to)
{
    int old = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, from);

    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;

        if (g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, middle) == old)
            from = middle;
        else
            to = middle;
    }
    return to;
}

/* The zone's rules, as far as entries between the two moments need them. */
static void put_zone(GString *into, GTimeZone *zone, const char *name, int64_t from, int64_t to)
{
    int interval = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, from);
    int offset = g_time_zone_get_offset(zone, interval);

    put(into, "BEGIN:VTIMEZONE");
    put_text(into, "TZID", name);
    put_span(into, zone, interval, offset, "19700101T000000");
    for (int64_t at = from; at < to; at += WEEK) {
        int next = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, at + WEEK);

        if (next == interval)
            continue;
        int64_t change = change_in(zone, at, at + WEEK);
        g_autoptr(GTimeZone) old =
            g_time_zone_new_offset(offset); /* an onset is told in the time before it */
        g_autofree char *since = stamp(old, change);

        put_span(into, zone, next, offset, since);
        interval = next;
        offset = g_time_zone_get_offset(zone, interval);
    }
    put(into, "END:VTIMEZONE");
}

/* The zones of the classes concerned, each once. */
static void put_zones(GString *into, const struct ics *ics, int64_t class_id, int64_t person)
{
    g_autoptr(query) q =
        store_query(ics->store,
                    "SELECT c.zone, min(n.starts), max(n.ends) FROM session n JOIN class c ON c.id = n.class"
                    " WHERE c.id = ?1 OR (?1 = 0 AND c.id IN (SELECT m.class FROM member m"
                    "   WHERE m.person = ?2 AND m.left IS NULL)) GROUP BY c.zone",
                    "ii", class_id, person);

    while (query_next(q)) {
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(query_text(q, 0));

        if (zone)
            put_zone(into, zone, query_text(q, 0), query_int(q, 1) - DAY, query_int(q, 2) + DAY);
    }
}

/* What stands in an entry's text: who teaches, and that its time is not sure yet. */
static void put_description(GString *into, const struct ics *ics, const char *lecturer, bool confirmed)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (lecturer && *lecturer) {
        g_string_append(text, ics->lecturer);
        g_string_replace(text, "{lecturer}", lecturer, 0);
    }
    if (!confirmed)
        g_string_append_printf(text, "%s%s", text->len ? "\n" : "", ics->tbc);
    if (text->len)
        put_text(into, "DESCRIPTION", text->str);
}

/* One session. */
static void put_entry(GString *into, const struct ics *ics, query *q, bool with_class)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(query_text(q, 1));
    g_autofree char *starts = stamp(zone, query_int(q, 2)), *ends = stamp(zone, query_int(q, 3));
    g_autofree char *now = stamp(NULL, ics->now);
    const char *lecturer = query_text(q, 5), *place = query_text(q, 6);
    bool confirmed = query_int(q, 7), on = strcmp(query_text(q, 8), "on") == 0;
    g_autofree char *summary = with_class ? g_strdup_printf("%s · %s", query_text(q, 4), query_text(q, 10))
                                          : g_strdup(query_text(q, 4));

    put(into, "BEGIN:VEVENT");
    put(into, "UID:session-%" G_GINT64_FORMAT "-%s@banzhang", query_int(q, 0), ics->tag);
    put(into, "DTSTAMP:%s", now);
    put(into, "SEQUENCE:%" G_GINT64_FORMAT, query_int(q, 9));
    put(into, "DTSTART;TZID=%s:%s", query_text(q, 1), starts);
    put(into, "DTEND;TZID=%s:%s", query_text(q, 1), ends);
    put_text(into, "SUMMARY", summary);
    if (place && *place)
        put_text(into, "LOCATION", place);
    put_description(into, ics, lecturer, confirmed);
    put(into, "STATUS:%s", !on ? "CANCELLED" : confirmed ? "CONFIRMED" : "TENTATIVE");
    put(into, "END:VEVENT");
}

GString *ics_calendar(const struct ics *ics, int64_t class_id, int64_t person)
{
    GString *into = g_string_new(NULL);
    g_autoptr(query) q = store_query(
        ics->store,
        "SELECT n.id, c.zone, n.starts, n.ends, n.title, n.lecturer, n.place, n.confirmed, n.state,"
        " coalesce(r.changes, 0), c.title FROM session n JOIN class c ON c.id = n.class"
        " LEFT JOIN session_revision r ON r.session = n.id"
        " WHERE c.id = ?1 OR (?1 = 0 AND c.id IN (SELECT m.class FROM member m WHERE m.person = ?2"
        "   AND m.left IS NULL AND (m.role <> 1 OR n.team IS NULL"
        "     OR instr('、' || n.team || '、', '、' || m.team || '、') > 0)))"
        " ORDER BY n.starts, n.id",
        "ii", class_id, person);

    put(into, "BEGIN:VCALENDAR");
    put(into, "VERSION:2.0");
    put(into, "PRODID:-//Banzhang//%s//%s", BANZHANG_VERSION,
        g_str_has_prefix(ics->lang, "zh") ? "ZH" : "EN");
    put(into, "CALSCALE:GREGORIAN");
    put(into, "METHOD:PUBLISH");
    put_text(into, "X-WR-CALNAME", ics->name);
    put(into, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    put(into, "X-PUBLISHED-TTL:PT1H");
    put_zones(into, ics, class_id, person);
    while (query_next(q))
        put_entry(into, ics, q, class_id == 0);
    put(into, "END:VCALENDAR");
    return into;
}

/* The address for one serial. */
static char *token_of(const uint8_t *key, int64_t person, int64_t serial)
{
    uint8_t sum[SECRET_BYTES];
    g_autofree char *what =
        g_strdup_printf("calendar address %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, person, serial);
    GString *token = g_string_new(NULL);

    secret_sign(key, what, sum);
    g_string_printf(token, "%" G_GINT64_FORMAT "-", person);
    for (int i = 0; i < TOKEN_BYTES; i++)
        g_string_append_printf(token, "%02x", sum[i]);
    return g_string_free(token, FALSE);
}

/* How often the person took the address back. */
static int64_t serial_of(struct store *store, int64_t person)
{
    return store_int(store, 0, "SELECT serial FROM calendar_address WHERE person = ?", "i", person);
}

char *ics_token(struct store *store, const uint8_t *secret, int64_t person)
{
    uint8_t key[SECRET_BYTES];

    doors_key(store, secret, key);
    return token_of(key, person, serial_of(store, person));
}

int64_t ics_person(struct store *store, const uint8_t *secret, const char *token)
{
    int64_t person = g_ascii_strtoll(token, NULL, 10);

    if (person <= 0 || strlen(token) > 64 ||
        !store_int(store, 0, "SELECT count(*) FROM person WHERE id = ?", "i", person))
        return 0;
    g_autofree char *right = ics_token(store, secret, person);

    return text_same_secret(token, right) ? person : 0;
}

void ics_revoke(struct store *store, int64_t person)
{
    store_run(store,
              "INSERT INTO calendar_address (person, serial) VALUES (?, 1)"
              " ON CONFLICT (person) DO UPDATE SET serial = serial + 1",
              "i", person);
}
