/* The archive of a class (rules.md §10): its sheets, what people handed in, photographs, and a list that says
 * what is there and what is missing. Written into a file piece by piece: it may be larger than memory. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "bot/core/store.h"
#include "bot/school/paper_private.h"

enum { NAME_CHARS = 60, PARTS = 11 };

/* What an archive should hold, in the order of the rulebook. */
enum part {
    PART_PLAN,
    PART_NOTICE,
    PART_COURSEWARE,
    PART_LECTURER,
    PART_ROSTER,
    PART_TIMETABLE,
    PART_SIGNIN,
    PART_PHOTOS,
    PART_HOMEWORK,
    PART_SURVEY,
    PART_MARKS,
};

struct zip {
    struct paper *paper;
    struct archive *archive;
    bool have[PARTS];
    GString *lacking; /* lines of the list that name single things */
};

/* A name that every system takes: no separators, no control characters, bounded; in the pool. */
static const char *safe(struct paper *paper, const char *name)
{
    g_autofree char *valid = g_utf8_make_valid(name, -1);
    GString *text = g_string_new(NULL);
    int chars = 0;

    for (const char *at = valid; *at && chars < NAME_CHARS; at = g_utf8_next_char(at), chars++) {
        gunichar c = g_utf8_get_char(at);

        g_string_append_unichar(text, c < 128 && strchr("/\\:*?\"<>|", (int)c) ? '_'
                                      : g_unichar_isprint(c)                   ? c
                                                                               : '_');
    }
    if (!text->len || *text->str == '.')
        g_string_prepend_c(text, '_');
    return pool_take(paper->pool, g_string_free(text, FALSE));
}

/* Begins an entry. */
static bool begin(struct zip *zip, const char *name, int64_t size)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname_utf8(entry, name);
    archive_entry_set_size(entry, size);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, zip->paper->now, 0);
    bool ok = archive_write_header(zip->archive, entry) == ARCHIVE_OK;

    archive_entry_free(entry);
    if (!ok)
        paper_fail(zip->paper, archive_error_string(zip->archive));
    return ok;
}

static void put_bytes(struct zip *zip, const char *name, const char *bytes, size_t len)
{
    if (begin(zip, name, (int64_t)len) && archive_write_data(zip->archive, bytes, len) != (la_ssize_t)len)
        paper_fail(zip->paper, archive_error_string(zip->archive));
}

/* A workbook of one sheet; frees it. */
static void put_book(struct zip *zip, const char *name, struct grid *grid)
{
    paper_take_book(zip->paper, &grid, 1);
    if (zip->paper->bytes)
        put_bytes(zip, name, zip->paper->bytes, zip->paper->len);
    g_clear_pointer(&zip->paper->bytes, g_free);
    grid_free(grid);
}

/* A file that somebody sent; false when it is not there. */
static bool put_file(struct zip *zip, const char *name, const char *sha256)
{
    char buffer[1 << 15];
    g_autofree char *path = g_strdup_printf("%s/%.2s/%s", zip->paper->files_dir, sha256, sha256);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    ssize_t n = 1;

    if (size < 0 || lseek(fd, 0, SEEK_SET) != 0 || !begin(zip, name, size)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    while (n > 0 && (n = read(fd, buffer, sizeof buffer)) > 0)
        if (archive_write_data(zip->archive, buffer, (size_t)n) != n) {
            paper_fail(zip->paper, archive_error_string(zip->archive));
            n = -1;
        }
    close(fd);
    return true;
}

/* The heads of the list of hand-ins. */
static struct grid *homework_grid(struct paper *paper)
{
    static const char *const heads[] = { "sheet.hw_number", "sheet.hw_title",  "sheet.hw_due",
                                         "sheet.number",    "sheet.name",      "sheet.hw_at",
                                         "sheet.hw_late",   "sheet.hw_text",   "sheet.hw_files",
                                         "sheet.hw_score",  "sheet.hw_comment" };
    static const double widths[] = { 7, 24, 16, 8, 12, 16, 8, 40, 8, 8, 30 };
    const char *title = paper_words(paper, "sheet.hw_list", NULL);
    struct grid *grid = grid_new(title, title);

    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
        grid_column(grid, paper_words(paper, heads[i], NULL), widths[i]);
    return grid;
}

/* The files of one hand-in, below its homework's folder; gives how many. */
static int put_submission(struct zip *zip, int64_t submission, const char *folder, const char *who)
{
    struct paper *paper = zip->paper;
    int count = 0;
    g_autoptr(query) q = store_query(paper->store,
                                     "SELECT f.name, f.sha256 FROM submission_file s JOIN file f"
                                     " ON f.id = s.file WHERE s.submission = ? AND f.sha256 IS NOT NULL"
                                     " ORDER BY s.position",
                                     "i", submission);

    while (query_next(q)) {
        const char *name = query_text(q, 0);

        put_file(zip,
                 pool_printf(paper->pool, "%s/%s-%d-%s", folder, who, ++count,
                             safe(paper, name && *name ? name : "file")),
                 query_text(q, 1));
    }
    return count;
}

/* What was handed in, each trainee's last version: the list, the texts, the files. */
static void put_homework(struct zip *zip)
{
    struct paper *paper = zip->paper;
    struct grid *grid = homework_grid(paper);
    g_autoptr(query) q =
        store_query(paper->store,
                    "SELECT e.number, e.title, e.due, coalesce(m.number, ''), p.name, s.id, s.at, e.late, "
                    "s.text, e.returned,"
                    " e.score, e.comment FROM homework_each e JOIN submission s ON s.id = e.submission"
                    " JOIN member m ON m.id = e.member JOIN person p ON p.id = m.person WHERE e.class = ?"
                    " ORDER BY e.number, length(m.number), m.number",
                    "i", paper->class_id);

    while (query_next(q)) {
        const char *number = pool_printf(paper->pool, "%d", (int)query_int(q, 0)), *text = query_text(q, 8);
        const char *folder =
            pool_printf(paper->pool, "%s/%s-%s", paper_words(paper, "sheet.item_homework", NULL), number,
                        safe(paper, query_text(q, 1)));
        const char *who = safe(paper, pool_printf(paper->pool, "%s-%s", query_text(q, 3), query_text(q, 4)));
        int files = put_submission(zip, query_int(q, 5), folder, who);

        if (text && *text)
            put_bytes(zip, pool_printf(paper->pool, "%s/%s.txt", folder, who), text, strlen(text));
        grid_row(grid);
        grid_text(grid, GRID_CENTRE, number);
        grid_text(grid, GRID_PLAIN, query_text(q, 1));
        grid_text(grid, GRID_CENTRE,
                  pool_printf(paper->pool, "%s %s", paper_day(paper, query_int(q, 2)),
                              paper_time(paper, query_int(q, 2))));
        grid_text(grid, GRID_CENTRE, query_text(q, 3));
        grid_text(grid, GRID_PLAIN, query_text(q, 4));
        grid_text(grid, GRID_CENTRE,
                  pool_printf(paper->pool, "%s %s", paper_day(paper, query_int(q, 6)),
                              paper_time(paper, query_int(q, 6))));
        grid_text(grid, GRID_CENTRE, paper_words(paper, query_int(q, 7) ? "sheet.yes" : "sheet.no", NULL));
        grid_text(grid, GRID_PLAIN, text);
        grid_number(grid, GRID_CENTRE, files);
        grid_text(grid, GRID_CENTRE,
                  query_null(q, 9)  ? ""
                  : query_int(q, 9) ? paper_words(paper, "sheet.hw_returned", NULL)
                                    : pool_printf(paper->pool, "%d", (int)query_int(q, 10)));
        grid_text(grid, GRID_PLAIN, query_text(q, 11));
        zip->have[PART_HOMEWORK] = true;
    }
    if (zip->have[PART_HOMEWORK])
        put_book(zip,
                 pool_printf(paper->pool, "%s/%s.xlsx", paper_words(paper, "sheet.item_homework", NULL),
                             paper_words(paper, "sheet.hw_list", NULL)),
                 grid);
    else
        grid_free(grid);
}

/* Photographs of signed sheets; a sitting that is over and has none is named in the list. */
static void put_photos(struct zip *zip)
{
    struct paper *paper = zip->paper;
    g_autoptr(query) q = store_query(
        paper->store,
        "SELECT s.starts, n.title, f.sha256, f.name, p.id FROM sitting s JOIN session n ON n.id = s.session"
        " LEFT JOIN sheet_photo p ON p.sitting = s.id LEFT JOIN file f ON f.id = p.file"
        " WHERE s.class = ? AND n.state = 'on' AND s.ends > s.starts AND s.ends <= ? ORDER BY s.starts, p.id",
        "ii", paper->class_id, paper->now);
    int lacking = 0;

    while (query_next(q)) {
        const char *when = pool_printf(paper->pool, "%s %s", paper_day(paper, query_int(q, 0)),
                                       paper_time(paper, query_int(q, 0)));
        const char *name = query_text(q, 3) ? query_text(q, 3) : "", *dot = strrchr(name, '.');

        if (query_text(q, 2) &&
            put_file(zip,
                     pool_printf(paper->pool, "%s/%s-%s-%d%s", paper_words(paper, "sheet.item_photos", NULL),
                                 safe(paper, when), safe(paper, query_text(q, 1)), (int)query_int(q, 4),
                                 dot && strlen(dot) < 6 ? safe(paper, dot) + 1 : ".jpg"),
                     query_text(q, 2)))
            zip->have[PART_PHOTOS] = true;
        else if (lacking++ < 60)
            g_string_append_printf(
                zip->lacking, "    %s\n",
                paper_words(paper, "sheet.lack_photos", "when", when, "title", query_text(q, 1), NULL));
    }
    if (lacking)
        zip->have[PART_PHOTOS] = false;
}

/* Whom a teacher found to differ between paper and record. */
static void put_mismatches(struct zip *zip)
{
    struct paper *paper = zip->paper;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(query) q = store_query(
        paper->store,
        "SELECT s.starts, n.title, p.name, x.record FROM sheet_mismatch x JOIN sitting s ON s.id = x.sitting"
        " JOIN session n ON n.id = s.session JOIN member m ON m.id = x.member JOIN person p ON p.id = "
        "m.person"
        " WHERE s.class = ? ORDER BY s.starts, x.id",
        "i", paper->class_id);

    while (query_next(q))
        g_string_append_printf(
            text, "%s\n",
            paper_words(paper, "sheet.mismatch", "when",
                        pool_printf(paper->pool, "%s %s", paper_day(paper, query_int(q, 0)),
                                    paper_time(paper, query_int(q, 0))),
                        "title", query_text(q, 1), "name", query_text(q, 2), "record", query_text(q, 3),
                        NULL));
    if (text->len)
        put_bytes(zip,
                  pool_printf(paper->pool, "%s/%s.txt", paper_words(paper, "sheet.item_photos", NULL),
                              paper_words(paper, "sheet.mismatches", NULL)),
                  text->str, text->len);
}

/* Photographs that inspectors took. */
static void put_inspection_photos(struct zip *zip)
{
    struct paper *paper = zip->paper;
    g_autoptr(query) q = store_query(paper->store,
                                     "SELECT n.inspection, n.id, f.sha256, f.name FROM inspection_note n"
                                     " JOIN inspection i ON i.id = n.inspection JOIN file f ON f.id = n.file"
                                     " WHERE i.class = ? AND f.sha256 IS NOT NULL ORDER BY n.id",
                                     "i", paper->class_id);

    while (query_next(q))
        put_file(zip,
                 pool_printf(paper->pool, "%s/%d-%d-%s", paper_words(paper, "sheet.item_inspect", NULL),
                             (int)query_int(q, 0), (int)query_int(q, 1), safe(paper, query_text(q, 3))),
                 query_text(q, 2));
}

/* Every inspection and what was added to it, as it was signed. */
static void put_inspections(struct zip *zip)
{
    struct paper *paper = zip->paper;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(query) q = store_query(
        paper->store,
        "SELECT text, signature FROM (SELECT id AS record, 0 AS place, record AS text, signature FROM "
        "inspection"
        "   WHERE class = ?1 UNION ALL SELECT n.inspection, n.id, n.text, n.signature FROM inspection_note n"
        "   JOIN inspection i ON i.id = n.inspection WHERE i.class = ?1) ORDER BY record, place",
        "i", paper->class_id);

    while (query_next(q))
        g_string_append_printf(text, "%s\nHMAC-SHA256: %s\n\n", query_text(q, 0), query_text(q, 1));
    if (!text->len)
        return;
    put_bytes(zip, pool_printf(paper->pool, "%s.txt", paper_words(paper, "sheet.item_inspect", NULL)),
              text->str, text->len);
    put_inspection_photos(zip);
}

/* The list of what is there and what is missing, with a score. */
static void put_list(struct zip *zip)
{
    static const char *const keys[] = {
        [PART_PLAN] = "sheet.item_plan",
        [PART_NOTICE] = "sheet.item_notice",
        [PART_COURSEWARE] = "sheet.item_courseware",
        [PART_LECTURER] = "sheet.item_lecturer",
        [PART_ROSTER] = "sheet.item_roster",
        [PART_TIMETABLE] = "sheet.item_timetable",
        [PART_SIGNIN] = "sheet.item_signin",
        [PART_PHOTOS] = "sheet.item_photos",
        [PART_HOMEWORK] = "sheet.item_homework",
        [PART_SURVEY] = "sheet.item_survey",
        [PART_MARKS] = "sheet.item_marks",
    };
    struct paper *paper = zip->paper;
    g_autoptr(GString) text = g_string_new("\xef\xbb\xbf");
    int have = 0;

    g_string_append_printf(text, "%s\n%s\n\n", paper->title,
                           paper_words(paper, "sheet.made", "starts", paper->starts, "day",
                                       paper_day(paper, paper->now), "time", paper_time(paper, paper->now),
                                       NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        have += zip->have[i];
        g_string_append_printf(text, "%s\n",
                               paper_words(paper, zip->have[i] ? "sheet.archive_has" : "sheet.archive_lacks",
                                           "what", paper_words(paper, keys[i], NULL), NULL));
        if (i == PART_PHOTOS)
            g_string_append(text, zip->lacking->str);
    }
    g_string_append_printf(text, "\n%s\n",
                           paper_words(paper, "sheet.score", "have", pool_printf(paper->pool, "%d", have),
                                       "all", pool_printf(paper->pool, "%d", (int)G_N_ELEMENTS(keys)), NULL));
    put_bytes(zip, pool_printf(paper->pool, "%s.txt", paper_words(paper, "sheet.archive_readme", NULL)),
              text->str, text->len);
}

/* What the capabilities have: the surveys' results, what was signed, changes of the timetable. */
static void put_texts(struct zip *zip)
{
    struct paper *paper = zip->paper;

    for (guint i = 0; i < paper->texts->len; i++) {
        const struct paper_text *text = paper->texts->pdata[i];
        const char *name =
            g_hash_table_lookup(paper->words, pool_printf(paper->pool, "sheet.archive_%s", text->handler));

        zip->have[PART_SURVEY] |= strcmp(text->handler, "survey") == 0;
        put_bytes(zip, pool_printf(paper->pool, "%s.txt", name ? name : text->handler), text->text,
                  strlen(text->text));
    }
}

/* Everything, in the order in which an auditor looks for it. */
static void put_all(struct zip *zip)
{
    struct paper *paper = zip->paper;
    GString *calendar = paper_calendar(paper);

    zip->have[PART_ROSTER] = zip->have[PART_SIGNIN] = zip->have[PART_TIMETABLE] = true;
    put_book(zip, pool_printf(paper->pool, "%s.xlsx", paper_words(paper, "sheet.item_roster", NULL)),
             paper_roster(paper));
    put_bytes(zip, pool_printf(paper->pool, "%s.ics", paper_words(paper, "sheet.item_timetable", NULL)),
              calendar->str, calendar->len);
    g_string_free(calendar, TRUE);
    put_book(zip, pool_printf(paper->pool, "%s.xlsx", paper_words(paper, "sheet.item_signin", NULL)),
             paper_signin(paper));
    if (paper->marks) {
        zip->have[PART_MARKS] = true;
        put_book(zip, pool_printf(paper->pool, "%s.xlsx", paper_words(paper, "sheet.item_marks", NULL)),
                 g_steal_pointer(&paper->marks));
    }
    put_photos(zip);
    put_mismatches(zip);
    put_homework(zip);
    put_texts(zip);
    put_inspections(zip);
    put_list(zip);
}

void paper_archive(struct paper *paper)
{
    struct zip zip = { .paper = paper, .archive = archive_write_new(), .lacking = g_string_new(NULL) };
    g_autofree char *path = g_build_filename(paper->temp_dir, PAPER_UNFINISHED "XXXXXX", NULL);
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);

    archive_write_set_format_zip(zip.archive);
    archive_write_set_options(zip.archive, "hdrcharset=UTF-8");
    if (fd < 0)
        paper_fail(paper, g_strerror(errno));
    else if (archive_write_open_fd(zip.archive, fd) != ARCHIVE_OK)
        paper_fail(paper, archive_error_string(zip.archive));
    else
        put_all(&zip);
    if (archive_write_close(zip.archive) != ARCHIVE_OK)
        paper_fail(paper, archive_error_string(zip.archive));
    archive_write_free(zip.archive);
    if (fd >= 0)
        close(fd);
    g_string_free(zip.lacking, TRUE);
    paper->path = fd >= 0 ? g_steal_pointer(&path) : NULL;
}
