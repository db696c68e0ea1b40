/* The sign-in sheet: trainees by number, a column for each sitting, totals and arrival rates (rules.md A8).
 */
#include <string.h>

#include "bot/core/store.h"
#include "bot/school/paper_private.h"

enum state { STATE_NONE, STATE_PRESENT, STATE_LATE, STATE_LEAVE, STATE_PENDING, STATE_ABSENT, STATE_TRUANT };

struct column {
    int64_t id, starts;
    const char *team; /* "、甲、乙、"; NULL: everybody */
    bool over;        /* closed, or its end is past: who has no mark there was absent or not expected */
    int expected, arrived;
};

struct row {
    int64_t id, since, left; /* left 0: is here */
    const char *number, *name, *team;
    int on_time, late, early, leave, absent, makeup, arrived, expected;
};

/* What one trainee did at one sitting. */
struct mark {
    enum state state;
    int late, early; /* minutes */
    bool makeup;
};

struct sheet {
    struct paper *paper;
    GArray *columns, *rows;  /* struct column, struct row */
    GHashTable *at, *member; /* id of sitting, of member → place + 1 */
    struct mark *marks;      /* rows × columns */
};

static struct column *column_at(struct sheet *sheet, guint i)
{
    return &g_array_index(sheet->columns, struct column, i);
}

static struct row *row_at(struct sheet *sheet, guint i)
{
    return &g_array_index(sheet->rows, struct row, i);
}

static struct mark *mark_at(struct sheet *sheet, guint row, guint column)
{
    return &sheet->marks[row * sheet->columns->len + column];
}

/* The sittings, each a column with its head. */
static void read_columns(struct sheet *sheet, struct grid *grid)
{
    struct paper *paper = sheet->paper;
    g_autoptr(query) q = store_query(
        paper->store,
        "SELECT s.id, s.starts, s.ends, s.part, n.title, n.confirmed, s.closed IS NOT NULL, n.team FROM "
        "sitting s"
        " JOIN session n ON n.id = s.session WHERE s.class = ? AND n.state = 'on' AND s.ends > s.starts"
        " ORDER BY s.starts, s.id",
        "i", paper->class_id);

    while (query_next(q)) {
        const char *team = query_text(q, 7);
        struct column column = { .id = query_int(q, 0),
                                 .team = team ? pool_printf(paper->pool, "、%s、", team) : NULL,
                                 .starts = query_int(q, 1),
                                 .over = query_int(q, 6) || query_int(q, 2) < paper->now };
        static const char *const parts[] = { NULL, "sheet.part1", "sheet.part2" };
        const char *key = parts[CLAMP(query_int(q, 3), 0, 2)];
        const char *part = key ? paper_words(paper, key, NULL) : "";
        const char *tbc = query_int(q, 5) ? "" : paper_words(paper, "sheet.unconfirmed", NULL);

        g_array_append_val(sheet->columns, column);
        g_hash_table_insert(sheet->at, GINT_TO_POINTER((int)column.id),
                            GUINT_TO_POINTER(sheet->columns->len));
        grid_column(grid,
                    paper_words(paper, "sheet.sitting", "day", paper_day(paper, column.starts), "weekday",
                                paper_weekday(paper, column.starts), "part", part, "time",
                                paper_time(paper, column.starts), "title", query_text(q, 4), "tbc", tbc,
                                NULL),
                    11);
    }
}

/* The trainees, also those who left and were marked before. */
static void read_rows(struct sheet *sheet)
{
    struct paper *paper = sheet->paper;
    g_autoptr(query) q = store_query(
        paper->store,
        "SELECT m.id, m.since, coalesce(m.left, 0), coalesce(m.number, ''), p.name, coalesce(m.team, '')"
        " FROM member m JOIN person p ON p.id = m.person WHERE m.class = ? AND m.role = 1"
        " AND (m.left IS NULL OR EXISTS (SELECT 1 FROM attendance a WHERE a.member = m.id))"
        " ORDER BY length(m.number), m.number, m.id",
        "i", paper->class_id);

    while (query_next(q)) {
        struct row row = { .id = query_int(q, 0),
                           .since = query_int(q, 1),
                           .left = query_int(q, 2),
                           .number = pool_strdup(paper->pool, query_text(q, 3)),
                           .name = pool_strdup(paper->pool, query_text(q, 4)),
                           .team = pool_strdup(paper->pool, query_text(q, 5)) };

        g_array_append_val(sheet->rows, row);
        g_hash_table_insert(sheet->member, GINT_TO_POINTER((int)row.id), GUINT_TO_POINTER(sheet->rows->len));
    }
}

static enum state state_of(const char *text, int minutes)
{
    static const char *const names[] = { [STATE_LEAVE] = "leave",
                                         [STATE_PENDING] = "pending",
                                         [STATE_ABSENT] = "absent",
                                         [STATE_TRUANT] = "truant" };

    for (int i = STATE_LEAVE; i <= STATE_TRUANT; i++)
        if (strcmp(text, names[i]) == 0)
            return (enum state)i;
    return minutes > 0 ? STATE_LATE : STATE_PRESENT;
}

/* What is on record, into its place. */
static void read_marks(struct sheet *sheet)
{
    g_autoptr(query) q =
        store_query(sheet->paper->store,
                    "SELECT sitting, member, state, minutes, early_minutes, how FROM attendance_all"
                    " WHERE class = ?",
                    "i", sheet->paper->class_id);

    sheet->marks = g_new0(struct mark, MAX(sheet->columns->len * sheet->rows->len, 1));
    while (query_next(q)) {
        guint column =
            GPOINTER_TO_UINT(g_hash_table_lookup(sheet->at, GINT_TO_POINTER((int)query_int(q, 0))));
        guint row =
            GPOINTER_TO_UINT(g_hash_table_lookup(sheet->member, GINT_TO_POINTER((int)query_int(q, 1))));

        if (column && row)
            *mark_at(sheet, row - 1, column - 1) =
                (struct mark){ .state = state_of(query_text(q, 2), (int)query_int(q, 3)),
                               .late = (int)query_int(q, 3),
                               .early = (int)query_int(q, 4),
                               .makeup = g_strcmp0(query_text(q, 5), "makeup") == 0 };
    }
}

/* Whether the sitting is one of the row's team. */
static bool is_of(const struct row *row, const struct column *column)
{
    g_autofree char *team = g_strdup_printf("、%s、", row->team);

    return !column->team || strstr(column->team, team);
}

/* Adds one mark up for its row and its column. */
static void count_mark(const struct mark *mark, struct row *row, struct column *column)
{
    bool expected =
        mark->state != STATE_NONE || (column->over && is_of(row, column) && row->since <= column->starts &&
                                      (!row->left || row->left > column->starts));
    bool arrived = mark->state == STATE_PRESENT || mark->state == STATE_LATE;

    row->expected += expected;
    column->expected += expected;
    column->arrived += arrived;
    row->arrived += arrived;
    row->on_time += mark->state == STATE_PRESENT && !mark->makeup;
    row->late += mark->state == STATE_LATE;
    row->early += arrived && mark->early > 0;
    row->leave += mark->state == STATE_LEAVE;
    row->absent += mark->state == STATE_ABSENT || mark->state == STATE_TRUANT;
    row->makeup += mark->makeup;
}

/* One cell: ✓, 迟到n分, 请假, 缺勤, 补签 … */
static void put_mark(struct sheet *sheet, struct grid *grid, const struct mark *mark)
{
    struct paper *paper = sheet->paper;
    static const char *const keys[] = { [STATE_LEAVE] = "sheet.leave",
                                        [STATE_PENDING] = "sheet.pending",
                                        [STATE_ABSENT] = "sheet.absent",
                                        [STATE_TRUANT] = "sheet.truant" };
    static const enum grid_style styles[] = {
        [STATE_PRESENT] = GRID_GOOD, [STATE_LATE] = GRID_WARN,  [STATE_LEAVE] = GRID_WARN,
        [STATE_PENDING] = GRID_WARN, [STATE_ABSENT] = GRID_BAD, [STATE_TRUANT] = GRID_BAD
    };
    g_autoptr(GString) text = g_string_new(NULL);

    if (mark->state >= STATE_LEAVE) {
        grid_text(grid, styles[mark->state], paper_words(paper, keys[mark->state], NULL));
        return;
    }
    if (mark->makeup)
        g_string_append(text, paper_words(paper, "sheet.makeup", NULL));
    if (mark->state == STATE_LATE)
        g_string_append_printf(
            text, "%s%s", text->len ? " " : "",
            paper_words(paper, "sheet.late", "n", pool_printf(paper->pool, "%d", mark->late), NULL));
    if (mark->early > 0)
        g_string_append_printf(
            text, "%s%s", text->len ? " " : "",
            paper_words(paper, "sheet.early", "n", pool_printf(paper->pool, "%d", mark->early), NULL));
    if (!text->len && mark->state == STATE_PRESENT)
        g_string_append(text, paper_words(paper, "sheet.present", NULL));
    grid_text(grid, mark->early > 0 ? GRID_WARN : mark->state ? styles[mark->state] : GRID_CENTRE, text->str);
}

/* The trainees' rows with their totals. */
static void put_rows(struct sheet *sheet, struct grid *grid)
{
    for (guint r = 0; r < sheet->rows->len; r++) {
        struct row *row = row_at(sheet, r);

        grid_row(grid);
        grid_text(grid, GRID_CENTRE, row->number);
        grid_text(grid, GRID_PLAIN,
                  row->left ? paper_words(sheet->paper, "sheet.went", "name", row->name, NULL) : row->name);
        grid_text(grid, GRID_CENTRE, row->team);
        for (guint c = 0; c < sheet->columns->len; c++) {
            count_mark(mark_at(sheet, r, c), row, column_at(sheet, c));
            put_mark(sheet, grid, mark_at(sheet, r, c));
        }
        const int totals[] = { row->on_time, row->late, row->early, row->leave, row->absent, row->makeup };

        for (size_t i = 0; i < G_N_ELEMENTS(totals); i++)
            grid_number(grid, GRID_CENTRE, totals[i]);
        grid_share(grid, GRID_CENTRE, row->arrived, row->expected);
    }
}

/* 应到, 实到, 到课率 of each sitting, and of all. */
static void put_totals(struct sheet *sheet, struct grid *grid)
{
    static const char *const keys[] = { "sheet.expected", "sheet.arrived", "sheet.rate" };

    for (int line = 0; line < 3; line++) {
        int expected = 0, arrived = 0;

        grid_row(grid);
        grid_text(grid, GRID_TOTAL, NULL);
        grid_text(grid, GRID_TOTAL, paper_words(sheet->paper, keys[line], NULL));
        grid_text(grid, GRID_TOTAL, NULL);
        for (guint c = 0; c < sheet->columns->len; c++) {
            const struct column *column = column_at(sheet, c);

            expected += column->expected;
            arrived += column->arrived;
            if (!column->expected)
                grid_text(grid, GRID_TOTAL, NULL);
            else if (line == 2)
                grid_share(grid, GRID_TOTAL, column->arrived, column->expected);
            else
                grid_number(grid, GRID_TOTAL, line ? column->arrived : column->expected);
        }
        for (int i = 0; i < 6; i++)
            grid_text(grid, GRID_TOTAL, NULL);
        if (line == 2)
            grid_share(grid, GRID_TOTAL, arrived, expected);
        else
            grid_number(grid, GRID_TOTAL, line ? arrived : expected);
    }
}

struct grid *paper_signin(struct paper *paper)
{
    static const char *const totals[] = { "sheet.on_time_total", "sheet.late_total",   "sheet.early_total",
                                          "sheet.leave_total",   "sheet.absent_total", "sheet.makeup_total",
                                          "sheet.rate" };
    struct sheet sheet = { .paper = paper,
                           .columns = g_array_new(FALSE, FALSE, sizeof(struct column)),
                           .rows = g_array_new(FALSE, FALSE, sizeof(struct row)),
                           .at = g_hash_table_new(NULL, NULL),
                           .member = g_hash_table_new(NULL, NULL) };
    struct grid *grid = grid_new(paper_words(paper, "sheet.signin_name", NULL),
                                 paper_words(paper, "sheet.signin_title", "class", paper->title, NULL));

    grid_note(grid, paper_words(paper, "sheet.made", "starts", paper->starts, "day",
                                paper_day(paper, paper->now), "time", paper_time(paper, paper->now), NULL));
    grid_column(grid, paper_words(paper, "sheet.number", NULL), 8);
    grid_column(grid, paper_words(paper, "sheet.name", NULL), 12);
    grid_column(grid, paper_words(paper, "sheet.team", NULL), 8);
    grid_keep(grid, 2);
    read_columns(&sheet, grid);
    read_rows(&sheet);
    read_marks(&sheet);
    for (size_t i = 0; i < G_N_ELEMENTS(totals); i++)
        grid_column(grid, paper_words(paper, totals[i], NULL), 7);
    put_rows(&sheet, grid);
    put_totals(&sheet, grid);
    grid_foot(grid, paper_words(paper, "sheet.legend", NULL));
    g_array_unref(sheet.columns);
    g_array_unref(sheet.rows);
    g_hash_table_destroy(sheet.at);
    g_hash_table_destroy(sheet.member);
    g_free(sheet.marks);
    return grid;
}
