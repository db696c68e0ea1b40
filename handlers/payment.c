/* 付款依据: what a training is paid by, for organiser and bureau: hours, attendances, inspections,
 * satisfaction, make-ups and timetable changes, as an answer, as PDF to sign, as a workbook. */
#include <string.h>

#include "bot/school/grid.h"
#include "bot/school/handler.h"
#include "bot/school/paper_send.h"

enum { CHANGES = 200, INSPECTIONS = 100 };

/* What stands in a row: what it is, and how it came out. */
struct line {
    const char *head, *text;
};

/* The summary in the making. */
struct summary {
    struct talk *talk;
    const struct class *class;
    GArray *lines; /* struct line */
};

static void add(struct summary *s, const char *head_key, const char *text)
{
    struct line line = { words(s->talk, head_key, NULL), text };

    g_array_append_val(s->lines, line);
}

/* part/whole as a percentage with one decimal; "—" of nothing. */
static const char *share(struct talk *talk, int64_t part, int64_t whole)
{
    int64_t tenths = whole ? (part * 2000 + whole) / (2 * whole) : 0;

    return whole ? pool_printf(talk->pool, "%d.%d%%", (int)(tenths / 10), (int)(tenths % 10)) : "—";
}

/* "12 课时" of a number of seconds, in hours as long as the class has them. */
static const char *hours(struct talk *talk, const struct class *class, int64_t seconds)
{
    int64_t hour = (int64_t) class->class_hour * 60, tenths = (seconds * 20 + hour) / (2 * hour);

    return words(talk, "payment.hours", "n",
                 tenths % 10 ? pool_printf(talk->pool, "%d.%d", (int)(tenths / 10), (int)(tenths % 10))
                             : num(talk, tenths / 10),
                 NULL);
}

/* A time of day as the class file has it ("12:00"), on a day. */
static int64_t at_time(const struct class *class, const char *day, const char *text)
{
    char *end;
    int hour = (int)g_ascii_strtoll(text, &end, 10);

    return time_of(class, day, hour, *end ? (int)g_ascii_strtoll(end + 1, NULL, 10) : 0);
}

/* The seconds of a span without the noon break, when it goes over it. */
static int64_t taught(struct talk *talk, const struct class *class, int64_t starts, int64_t ends)
{
    const char *day = day_of(talk, class, starts);
    g_autoptr(query) q =
        store_query(talk->store, "SELECT midday_from, midday_to FROM class WHERE id = ?", "i", class->id);

    if (!query_next(q))
        return ends - starts;
    int64_t noon = at_time(class, day, query_text(q, 0)), after = at_time(class, day, query_text(q, 1));

    return ends - starts - (starts < noon && ends > after ? after - noon : 0);
}

/* Time that was in the plan and is not any more: sessions called off, begun later, ended earlier. */
static int64_t lost(struct summary *s)
{
    g_autoptr(query) q = store_query(s->talk->store,
                                     "SELECT kind, was_starts, was_ends, starts, ends FROM timetable_change"
                                     " WHERE class = ? AND made IS NOT NULL AND kind IN"
                                     " ('cancel', 'delay', 'early_end')",
                                     "i", s->class->id);
    int64_t sum = 0;

    while (query_next(q)) {
        int64_t was = taught(s->talk, s->class, query_int(q, 1), query_int(q, 2));

        sum += strcmp(query_text(q, 0), "cancel") == 0
                   ? was
                   : was - taught(s->talk, s->class, query_int(q, 3), query_int(q, 4));
    }
    return sum;
}

/* Planned and held, in class hours. */
static void add_hours(struct summary *s)
{
    int64_t all = store_int(s->talk->store, 0,
                            "SELECT sum(t.ends - t.starts) FROM sitting t JOIN session n ON n.id = t.session"
                            " WHERE t.class = ? AND n.state = 'on' AND t.starts < t.ends",
                            "i", s->class->id);
    int64_t held = store_int(s->talk->store, 0,
                             "SELECT sum(t.ends - t.starts) FROM sitting t JOIN session n ON n.id = t.session"
                             " WHERE t.class = ? AND n.state = 'on' AND t.starts < t.ends AND t.ends <= ?",
                             "ii", s->class->id, s->talk->now);

    add(s, "payment.head_planned", hours(s->talk, s->class, all + lost(s)));
    add(s, "payment.head_held", hours(s->talk, s->class, held));
}

/* Expected, who came, make-ups: of sittings that are closed. */
static void add_attendance(struct summary *s)
{
    struct talk *talk = s->talk;
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT count(*), sum(a.state = 'present'),"
                    " count(DISTINCT CASE WHEN a.state = 'present' THEN m.person END),"
                    " sum(a.state = 'present' AND a.how IN ('makeup', 'arrived')), count(DISTINCT a.sitting),"
                    " count(DISTINCT m.person)"
                    " FROM attendance_all a JOIN sitting t ON t.id = a.sitting AND t.closed IS NOT NULL"
                    " JOIN member m ON m.id = a.member WHERE a.class = ?",
                    "i", s->class->id);

    if (!query_next(q) || query_int(q, 0) == 0) {
        add(s, "payment.head_expected", words(talk, "payment.nothing", NULL));
        return;
    }
    int64_t expected = query_int(q, 0), came = query_int(q, 1), made_up = query_int(q, 3);

    add(s, "payment.head_expected",
        words(talk, "payment.expected", "times", num(talk, expected), "people", num(talk, query_int(q, 5)),
              "sittings", num(talk, query_int(q, 4)), NULL));
    add(s, "payment.head_came",
        words(talk, "payment.came", "times", num(talk, came), "people", num(talk, query_int(q, 2)), NULL));
    add(s, "payment.head_rate", share(talk, came, expected));
    add(s, "payment.head_makeup",
        words(talk, "payment.makeup", "n", num(talk, made_up), "share", share(talk, made_up, came), NULL));
}

/* The records of inspections as they were signed. */
static void add_inspections(struct summary *s)
{
    g_autoptr(query) q =
        store_query(s->talk->store, "SELECT record FROM inspection WHERE class = ? ORDER BY id LIMIT ?", "ii",
                    s->class->id, (int64_t)INSPECTIONS);
    g_autoptr(GString) text = g_string_new(NULL);

    while (query_next(q))
        g_string_append_printf(text, "%s%s", text->len ? "\n" : "", query_text(q, 0));
    add(s, "payment.head_inspections",
        text->len ? pool_strdup(s->talk->pool, text->str) : words(s->talk, "payment.nothing", NULL));
}

/* Each survey that has closed: the rate where it may be shown, its counts always. */
static void add_satisfaction(struct summary *s)
{
    struct talk *talk = s->talk;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT title, shown, expected, entitled, made_up, ballots, n, top FROM satisfaction"
                    " WHERE class = ? ORDER BY closes, survey",
                    "i", s->class->id);

    while (query_next(q))
        g_string_append_printf(
            text, "%s%s", text->len ? "\n" : "",
            words(talk, query_int(q, 1) ? "payment.satisfied" : "payment.not_shown", "title",
                  query_text(q, 0), "rate", share(talk, query_int(q, 7), query_int(q, 6)), "expected",
                  num(talk, query_int(q, 2)), "entitled", num(talk, query_int(q, 3)), "made_up",
                  num(talk, query_int(q, 4)), "ballots", num(talk, query_int(q, 5)), NULL));
    add(s, "payment.head_satisfaction",
        text->len ? pool_strdup(talk->pool, text->str) : words(talk, "payment.nothing", NULL));
}

/* What was changed in the timetable, and why. */
static void add_changes(struct summary *s)
{
    struct talk *talk = s->talk;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT c.kind, n.title, c.was_starts, c.reason FROM timetable_change c"
                    " JOIN session n ON n.id = c.session WHERE c.class = ? AND c.made IS NOT NULL"
                    " AND c.kind != 'confirm' ORDER BY c.made, c.id LIMIT ?",
                    "ii", s->class->id, (int64_t)CHANGES);

    while (query_next(q))
        g_string_append_printf(
            text, "%s%s", text->len ? "\n" : "",
            words(talk, "payment.change", "when", show_moment(talk, s->class, query_int(q, 2)), "title",
                  query_text(q, 1), "what",
                  words(talk, pool_printf(talk->pool, "payment.kind_%s", query_text(q, 0)), NULL), "reason",
                  query_text(q, 3), NULL));
    add(s, "payment.head_changes",
        text->len ? pool_strdup(talk->pool, text->str) : words(talk, "payment.nothing", NULL));
}

/* All of it. */
static GArray *summarise(struct talk *talk, const struct class *class)
{
    struct summary s = { talk, class, g_array_new(FALSE, FALSE, sizeof(struct line)) };

    add_hours(&s);
    add_attendance(&s);
    add_inspections(&s);
    add_satisfaction(&s);
    add_changes(&s);
    return s.lines;
}

/* --- over all classes of a reader
 * ------------------------------------------------------------------------------------------------- */

/* The classes a person may read this of, by when they began. */
static query *classes_of(struct talk *talk, int64_t person)
{
    return store_query(talk->store,
                       "SELECT c.id FROM class c WHERE c.id IN (SELECT class FROM member WHERE person = ?"
                       " AND role & ? AND left IS NULL) ORDER BY c.starts, c.id",
                       "ii", person, (int64_t)(ROLE_ORGANISER | ROLE_BUREAU));
}

/* What stands under a head in a summary; "" when it is not in it. */
static const char *found(const GArray *lines, const char *head)
{
    for (guint i = 0; i < lines->len; i++)
        if (strcmp(g_array_index(lines, struct line, i).head, head) == 0)
            return g_array_index(lines, struct line, i).text;
    return "";
}

/* One row for each class, one column for each thing. */
static struct grid *programme(struct talk *talk, int64_t person)
{
    static const struct {
        const char *head;
        double width;
    } columns[] = {
        { "payment.head_planned", 12 },      { "payment.head_held", 12 },
        { "payment.head_expected", 26 },     { "payment.head_came", 20 },
        { "payment.head_rate", 10 },         { "payment.head_makeup", 26 },
        { "payment.head_satisfaction", 60 }, { "payment.head_inspections", 40 },
        { "payment.head_changes", 50 },
    };
    struct grid *grid = grid_new(words(talk, "payment.sheet", NULL), words(talk, "payment.title_all", NULL));
    g_autoptr(query) q = classes_of(talk, person);

    grid_column(grid, words(talk, "payment.head_class", NULL), 30);
    grid_keep(grid, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
        grid_column(grid, words(talk, columns[i].head, NULL), columns[i].width);
    while (query_next(q)) {
        const struct class *class = class_by_id(talk, query_int(q, 0));
        g_autoptr(GArray) lines = summarise(talk, class);

        grid_row(grid);
        grid_text(grid, GRID_TOTAL, class->title);
        for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
            grid_text(grid, GRID_PLAIN, found(lines, words(talk, columns[i].head, NULL)));
    }
    grid_foot(grid, words(talk, "payment.note_all", NULL));
    return grid;
}

/* Whether there is more than one class to read of. */
static bool reads_several(struct talk *talk)
{
    g_autoptr(query) q = classes_of(talk, talk->person);

    // NOLINTNEXTLINE(misc-redundant-expression): the second row after the first
    return query_next(q) && query_next(q);
}

static void run(struct talk *talk)
{
    g_autoptr(GArray) lines = summarise(talk, talk->class);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < lines->len; i++) {
        const struct line *line = &g_array_index(lines, struct line, i);

        g_string_append_printf(text, "\n%s%s%s", line->head, strchr(line->text, '\n') ? "：\n" : "：",
                               line->text);
    }
    say(talk, "payment.shown", "class", talk->class->title, "lines", text->str, NULL);
    button(talk, "payment.button_pdf", "payment:file:pdf:%" G_GINT64_FORMAT, talk->class->id);
    button_beside(talk, "payment.button_book", "payment:file:book:%" G_GINT64_FORMAT, talk->class->id);
    if (reads_several(talk))
        button(talk, "payment.button_all", "payment:file:all:%" G_GINT64_FORMAT, talk->class->id);
}

/* PDF or Excel of the class under whose summary the button stands. */
static void file(struct talk *talk, const char *args)
{
    bool pdf = g_str_has_prefix(args, "pdf:"), all = g_str_has_prefix(args, "all:");
    const char *id = strchr(args, ':');
    const struct member *member =
        id ? speaks_as(talk, ROLE_ORGANISER | ROLE_BUREAU, g_ascii_strtoll(id + 1, NULL, 10)) : NULL;

    if (!member) {
        say(talk, "stale", NULL);
        return;
    }
    talk_as(talk, member);
    paper_send(talk, pdf ? PAPER_PAYMENT : PAPER_PAYMENT_BOOK, all ? talk->person : 0);
    say(talk, "export.making", "what",
        words(talk,
              pdf   ? "payment.button_pdf"
              : all ? "payment.button_all"
                    : "payment.button_book",
              NULL),
        NULL);
}

/* The same rows as a sheet, with a line to sign; with a subject, all classes of that person. */
static void paper(struct talk *talk, const struct class *class, struct paper_order *order)
{
    if (order->kind != PAPER_PAYMENT && order->kind != PAPER_PAYMENT_BOOK)
        return;
    if (order->subject) {
        g_ptr_array_add(order->grids, programme(talk, order->subject));
        return;
    }
    g_autoptr(GArray) lines = summarise(talk, class);
    struct grid *grid = grid_new(words(talk, "payment.sheet", NULL),
                                 words(talk, "payment.title", "class", class->title, NULL));

    grid_note(grid, words(talk, "payment.note", "starts", class->starts, "day",
                          day_of(talk, class, talk->now), "time", show_time(talk, class, talk->now), NULL));
    grid_column(grid, words(talk, "payment.head_item", NULL), 20);
    grid_column(grid, words(talk, "payment.head_result", NULL), 80);
    for (guint i = 0; i < lines->len; i++) {
        const struct line *line = &g_array_index(lines, struct line, i);

        grid_row(grid);
        grid_text(grid, GRID_TOTAL, line->head);
        grid_text(grid, GRID_PLAIN, line->text);
    }
    grid_foot(grid, words(talk, "payment.legend", "minutes", num(talk, class->class_hour), NULL));
    grid_foot(grid, words(talk, "payment.sign", NULL));
    g_ptr_array_add(order->grids, grid);
}

const struct handler payment = {
    .name = "payment",
    .commands = { { .name = "payment",
                    .needs = ROLE_ORGANISER | ROLE_BUREAU | NEEDS_PRIVATE,
                    .run = run,
                    .rank = 46 } },
    .actions = { { .verb = "file", .needs = ROLE_ORGANISER | ROLE_BUREAU | NEEDS_PRIVATE, .run = file } },
    .paper = paper,
};
