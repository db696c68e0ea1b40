/* The roster as a sheet. Numbers and phones are text. */
#include "bot/core/store.h"
#include "bot/school/paper_private.h"
#include "bot/school/phone.h"

/* What a role is called on papers. */
static const char *role_word(struct paper *paper, int role)
{
    static const struct {
        int role;
        const char *key;
    } names[] = {
        { ROLE_TRAINEE, "sheet.role_trainee" },   { ROLE_MENTOR, "sheet.role_mentor" },
        { ROLE_DUTY, "sheet.role_duty" },         { ROLE_LEADER, "sheet.role_leader" },
        { ROLE_LECTURER, "sheet.role_lecturer" }, { ROLE_ORGANISER, "sheet.role_organiser" },
        { ROLE_BUREAU, "sheet.role_bureau" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (names[i].role == role)
            return paper_words(paper, names[i].key, NULL);
    return "";
}

/* "2026-03-02" of a moment, "" of 0. */
static const char *iso_day(struct paper *paper, int64_t at)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) day = at ? g_date_time_to_timezone(utc, paper->zone) : NULL;

    return day ? pool_take(paper->pool, g_date_time_format(day, "%Y-%m-%d")) : "";
}

/* The telephone of the row at hand, "" none. */
static const char *phone(struct paper *paper, query *q)
{
    size_t len = 0;
    const void *sealed = query_blob(q, 4, &len);
    char *text = phone_open(paper->vault, query_int(q, 8), sealed, len);

    return text ? pool_take(paper->pool, text) : "";
}

struct grid *paper_roster(struct paper *paper)
{
    static const struct {
        const char *key;
        double width;
    } heads[] = { { "sheet.number", 9 },   { "sheet.name", 14 },  { "sheet.role", 12 },
                  { "sheet.team", 10 },    { "sheet.phone", 15 }, { "sheet.since", 13 },
                  { "sheet.left_on", 13 }, { "sheet.joined", 12 } };
    struct grid *grid = grid_new(paper_words(paper, "sheet.roster_name", NULL),
                                 paper_words(paper, "sheet.roster_title", "class", paper->title, NULL));
    g_autoptr(query) q = store_query(
        paper->store,
        "SELECT coalesce(m.number, ''), p.name, m.role, coalesce(m.team, ''), p.phone_sealed, m.since,"
        " coalesce(m.left, 0), EXISTS (SELECT 1 FROM account a WHERE a.person = p.id), p.id FROM member m"
        " JOIN person p ON p.id = m.person WHERE m.class = ?"
        " ORDER BY m.role <> 1, m.role, length(m.number), m.number, m.id",
        "i", paper->class_id);

    grid_keep(grid, 2);
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
        grid_column(grid, paper_words(paper, heads[i].key, NULL), heads[i].width);
    while (query_next(q)) {
        grid_row(grid);
        grid_text(grid, GRID_CENTRE, query_text(q, 0));
        grid_text(grid, GRID_PLAIN, query_text(q, 1));
        grid_text(grid, GRID_CENTRE, role_word(paper, (int)query_int(q, 2)));
        grid_text(grid, GRID_CENTRE, query_text(q, 3));
        grid_text(grid, GRID_CENTRE, phone(paper, q));
        grid_text(grid, GRID_CENTRE, iso_day(paper, query_int(q, 5)));
        grid_text(grid, GRID_CENTRE, iso_day(paper, query_int(q, 6)));
        grid_text(grid, GRID_CENTRE, paper_words(paper, query_int(q, 7) ? "sheet.yes" : "sheet.no", NULL));
    }
    return grid;
}
