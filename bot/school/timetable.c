#include "bot/school/timetable.h"

#include <string.h>

#include "bot/core/faults.h"
#include "bot/school/cell.h"
#include "bot/school/csv_file.h"
#include "bot/school/days.h"

enum column { WEEK, WEEKDAY, TIME, DATE, START, END, TITLE, LECTURER, PLACE, KIND, TEAM };
enum { COLUMNS = TEAM + 1 };

struct reading {
    const struct csv_file *file;
    const struct timetable_rules *rules;
    GPtrArray *faults, *doubts;
    int columns[COLUMNS];
    int week; /* of the row above: merged cells are empty below their first row */
    char day[11];
};

static void row_free(void *data)
{
    struct timetable_row *row = data;
    g_free(row->title);
    g_free(row->lecturer);
    g_free(row->place);
    g_free(row->kind);
    g_free(row->team);
    g_free(row);
}

#define FAULT(reading, cell, ...)                                                                            \
    faults_add((reading)->faults, (reading)->file->path, (cell).line, (cell).column, __VA_ARGS__)
#define DOUBT(reading, cell, ...)                                                                            \
    faults_add((reading)->doubts, (reading)->file->path, (cell).line, (cell).column, __VA_ARGS__)

static struct cell cell_of(const struct reading *reading, const struct csv_row *row, enum column column)
{
    return csv_cell(row, reading->columns[column]);
}

/* The day of a row by its week and weekday; false after a fault. */
static bool day_by_week(struct reading *reading, const struct csv_row *row, struct timetable_row *into)
{
    struct cell week = cell_of(reading, row, WEEK), weekday = cell_of(reading, row, WEEKDAY);
    int number = *week.text ? cell_week(week.text) : reading->week, day = cell_weekday(weekday.text);
    if (!number)
        FAULT(reading, week, "\"%s\" is no week; write 第一周 or 1", week.text);
    else if (!*week.text)
        DOUBT(reading, week, "no week; taken as week %d from the row above", number);
    if (!day)
        FAULT(reading, weekday, "\"%s\" is no weekday; write 周一 or Mon", weekday.text);
    if (!number || !day)
        return false;
    reading->week = number;
    days_add(reading->rules->starts, (number - 1) * 7 + day - 1, into->day);
    return true;
}

/* The day of a row by its date; false after a fault. */
static bool day_by_date(struct reading *reading, const struct csv_row *row, struct timetable_row *into)
{
    struct cell cell = cell_of(reading, row, DATE);
    int year = (int)g_ascii_strtoll(reading->rules->starts, NULL, 10);
    switch (cell_date(cell.text, year, into->day)) {
    case CELL_READ:
        break;
    case CELL_DOUBT:
        DOUBT(reading, cell, "\"%s\" has no year; taken as %s", cell.text, into->day);
        break;
    case CELL_BLANK:
        if (reading->day[0]) {
            memcpy(into->day, reading->day, sizeof into->day);
            DOUBT(reading, cell, "no date; taken as %s from the row above", into->day);
            break;
        }
        FAULT(reading, cell, "the date is missing");
        return false;
    case CELL_NO_END:
    case CELL_UNREAD:
        FAULT(reading, cell, "\"%s\" is no day; write 2026-03-02", cell.text);
        return false;
    }
    memcpy(reading->day, into->day, sizeof reading->day);
    return true;
}

/* Takes a row without (a whole) time as the default slot, or from its start as long as that. */
static void guess(struct reading *reading, struct cell cell, struct timetable_row *into, bool has_start)
{
    const struct timetable_rules *rules = reading->rules;
    int from = has_start ? into->from : rules->slot_from;
    into->from = from;
    into->to = has_start ? MIN(from + rules->slot_to - rules->slot_from, 24 * 60) : rules->slot_to;
    into->confirmed = false;
    DOUBT(reading, cell, "%s; taken as %02d:%02d-%02d:%02d, time to be confirmed",
          has_start ? "no end" : "no time", into->from / 60, into->from % 60, into->to / 60, into->to % 60);
}

/* The times of a row from one cell (时间); false after a fault. */
static bool times_of_cell(struct reading *reading, const struct csv_row *row, struct timetable_row *into)
{
    struct cell cell = cell_of(reading, row, TIME);
    switch (cell_times(cell.text, &into->from, &into->to)) {
    case CELL_READ:
        return true;
    case CELL_DOUBT:
        DOUBT(reading, cell, "\"%s\" is taken as %02d:%02d-%02d:%02d", cell.text, into->from / 60,
              into->from % 60, into->to / 60, into->to % 60);
        return true;
    case CELL_BLANK:
        guess(reading, cell, into, false);
        return true;
    case CELL_NO_END:
        guess(reading, cell, into, true);
        return true;
    case CELL_UNREAD:
        break;
    }
    FAULT(reading, cell, "\"%s\" is no time; write 09:00-12:00, or nothing when it is not known", cell.text);
    return false;
}

/* The times of a row from a cell for the start and one for the end; false after a fault. */
static bool times_of_cells(struct reading *reading, const struct csv_row *row, struct timetable_row *into)
{
    struct cell start = cell_of(reading, row, START), end = cell_of(reading, row, END);
    enum cell_reading from = cell_time(start.text, &into->from), to = cell_time(end.text, &into->to);
    if (from == CELL_UNREAD)
        FAULT(reading, start, "\"%s\" is no time; write 09:00", start.text);
    if (to == CELL_UNREAD)
        FAULT(reading, end, "\"%s\" is no time; write 12:00", end.text);
    if (from == CELL_UNREAD || to == CELL_UNREAD)
        return false;
    if (from == CELL_BLANK) {
        if (to != CELL_BLANK)
            DOUBT(reading, start, "an end without a start");
        guess(reading, start, into, false);
        return true;
    }
    if (from == CELL_DOUBT)
        DOUBT(reading, start, "\"%s\" is taken as %02d:00", start.text, into->from / 60);
    if (to == CELL_BLANK) {
        guess(reading, end, into, true);
        return true;
    }
    if (to == CELL_DOUBT)
        DOUBT(reading, end, "\"%s\" is taken as %02d:00", end.text, into->to / 60);
    if (into->to <= into->from) {
        FAULT(reading, end, "ends at %s, not after its start at %s", end.text, start.text);
        return false;
    }
    return true;
}

/* What stands in an optional column, or NULL. */
static char *optional(const struct reading *reading, const struct csv_row *row, enum column column)
{
    struct cell cell = cell_of(reading, row, column);
    return *cell.text ? g_strdup(cell.text) : NULL;
}

/* The teams of a cell, one 、 between two: "A组/B组" and "A组 B组" are "A组、B组". NULL none. */
static char *teams_of(const struct reading *reading, const struct csv_row *row)
{
    g_autofree char *text = optional(reading, row, TEAM);
    static const char *const marks[] = { "、", "，", ",", "/", "／", ";", "；", "+", " ", "　" };
    g_autoptr(GString) all = g_string_new(text);
    g_autoptr(GString) kept = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
        g_string_replace(all, marks[i], "\n", 0);
    g_auto(GStrv) teams = g_strsplit(all->str, "\n", -1);
    for (char **team = teams; *team; team++)
        if (**team)
            g_string_append_printf(kept, "%s%s", kept->len ? "、" : "", *team);
    return kept->len ? g_strdup(kept->str) : NULL;
}

/* Reads one row into `rows`; its faults are all told. */
static void read_row(struct reading *reading, const struct csv_row *row, bool weeks, GPtrArray *rows)
{
    struct timetable_row *into = g_new0(struct timetable_row, 1);
    struct cell title = cell_of(reading, row, TITLE);
    into->confirmed = true;
    into->title = g_strdup(title.text);
    bool day = weeks ? day_by_week(reading, row, into) : day_by_date(reading, row, into);
    bool times =
        reading->columns[TIME] >= 0 ? times_of_cell(reading, row, into) : times_of_cells(reading, row, into);
    if (!*title.text)
        FAULT(reading, title, "the title is missing");
    into->lecturer = optional(reading, row, LECTURER);
    into->place = optional(reading, row, PLACE);
    into->kind = optional(reading, row, KIND);
    into->team = teams_of(reading, row);
    into->line = row->line;
    into->column = cell_of(reading, row, weeks ? WEEK : DATE).column;
    if (day && times && *title.text)
        g_ptr_array_add(rows, into);
    else
        row_free(into);
}

static int by_time(const void *a, const void *b)
{
    const struct timetable_row *x = *(struct timetable_row *const *)a, *y = *(struct timetable_row *const *)b;
    int day = strcmp(x->day, y->day);
    return day ? day : x->from != y->from ? x->from - y->from : x->line - y->line;
}

/* Two sessions at the same start are a fault, two at the same time a doubt; not those of different teams. */
static void compare_neighbours(struct reading *reading, const GPtrArray *rows)
{
    for (guint i = 1; i < rows->len; i++) {
        const struct timetable_row *a = rows->pdata[i - 1], *b = rows->pdata[i];
        struct cell at = { NULL, b->line, b->column };
        if (strcmp(a->day, b->day) != 0 || (a->team && b->team && strcmp(a->team, b->team) != 0))
            continue;
        if (a->from == b->from)
            FAULT(reading, at, "starts on %s at %02d:%02d like the session of line %d", b->day, b->from / 60,
                  b->from % 60, a->line);
        else if (b->from < a->to)
            DOUBT(reading, at, "starts before the session of line %d has ended", a->line);
    }
}

/* Finds the columns and tells which layout it is; false after a fault. */
static bool find_columns(struct reading *reading, bool *ret_weeks)
{
    static const struct csv_column known[COLUMNS] = {
        [WEEK] = { "周次|周|week", false },
        [WEEKDAY] = { "星期|周几|weekday", false },
        [TIME] = { "时间|上课时间|time|times", false },
        [DATE] = { "date|日期|上课日期|day", false },
        [START] = { "start|starts|开始|开始时间", false },
        [END] = { "end|ends|结束|结束时间", false },
        [TITLE] = { "课程|title|course|课程名称|课程主题|课题|主题", true },
        [LECTURER] = { "lecturer|讲师|授课老师|授课教师|主讲|teacher", false },
        [PLACE] = { "place|地点|上课地点|教室|room", false },
        [KIND] = { "kind|类型|类别|形式", false },
        [TEAM] = { "小组|组别|组|班组|分组|team|group|shift", false },
    };
    struct cell header = { NULL, reading->file->header.line, 1 };
    if (!csv_columns(reading->file, known, COLUMNS, reading->columns, reading->faults, reading->doubts))
        return false;
    const int *have = reading->columns;
    bool weeks = have[WEEK] >= 0 && have[WEEKDAY] >= 0, times = have[START] >= 0 && have[END] >= 0;
    if ((weeks || have[DATE] >= 0) && (have[TIME] >= 0 || times)) {
        *ret_weeks = have[DATE] < 0;
        if (*ret_weeks && days_weekday(reading->rules->starts) != 1)
            FAULT(reading, header, "weeks are counted from \"starts\" of the class, and %s is no Monday",
                  reading->rules->starts);
        return true;
    }
    FAULT(reading, header, "the columns must be 周次,星期,课程,时间 or date,start,end,title");
    return false;
}

GPtrArray *timetable_read(const char *path, const struct timetable_rules *rules, GPtrArray *faults,
                          GPtrArray *doubts)
{
    guint before = faults->len;
    bool weeks;
    g_autoptr(csv_file) file = csv_read(path, faults);
    struct reading reading = { .file = file, .rules = rules, .faults = faults, .doubts = doubts };
    if (!file || !find_columns(&reading, &weeks))
        return NULL;
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
    for (guint i = 0; i < file->rows->len; i++)
        read_row(&reading, file->rows->pdata[i], weeks, rows);
    g_ptr_array_sort(rows, by_time);
    compare_neighbours(&reading, rows);
    return faults->len == before ? g_steal_pointer(&rows) : NULL;
}
