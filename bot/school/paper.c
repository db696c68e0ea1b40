#include "bot/school/paper_private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/core/locale.h"
#include "bot/core/log.h"
#include "bot/core/secret.h"
#include "bot/school/grid_pdf.h"
#include "bot/school/school.h"

/* How each kind is called and what it is; the last part of its name. */
static const struct {
    const char *label, *ending, *mime;
} kinds[PAPER_KINDS] = {
#define SHEET "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    [PAPER_BOOK] = { "sheet.file_book", "xlsx", SHEET },
    [PAPER_SIGNIN] = { "sheet.file_signin", "xlsx", SHEET },
    [PAPER_MARKS] = { "sheet.file_marks", "xlsx", SHEET },
    [PAPER_ROSTER] = { "sheet.file_roster", "xlsx", SHEET },
    [PAPER_MARKS_CSV] = { "sheet.file_marks", "csv", "text/plain" },
    [PAPER_CALENDAR] = { "sheet.file_calendar", "ics", "text/plain" },
    [PAPER_BLANK] = { "sheet.file_blank", "pdf", "application/pdf" },
    [PAPER_SLIPS] = { "sheet.file_slips", "pdf", "application/pdf" },
    [PAPER_RESULTS] = { "sheet.file_results", "xlsx", SHEET },
    [PAPER_PICTURE] = { "sheet.file_results", "png", "image/png" },
    [PAPER_PAYMENT] = { "sheet.file_payment", "pdf", "application/pdf" },
    [PAPER_PAYMENT_BOOK] = { "sheet.file_payment", "xlsx", SHEET },
    [PAPER_ARCHIVE] = { "sheet.file_archive", "zip", "application/zip" },
    [PAPER_MINE] = { "sheet.file_mine", "xlsx", SHEET },
    [PAPER_BRIEF] = { "sheet.file_brief", "png", "image/png" },
#undef SHEET
};

char *paper_tag(struct school *school)
{
    uint8_t sum[SECRET_BYTES];
    GString *hex = g_string_new(NULL);

    secret_sign(school->secret, "calendar entries", sum);
    for (int i = 0; i < 8; i++)
        g_string_append_printf(hex, "%02x", sum[i]);
    return g_string_free(hex, FALSE);
}

static void free_text(void *data)
{
    struct paper_text *text = data;

    g_free(text->text);
    g_free(text);
}

/* What the capabilities have for the archive, each its own. */
static GPtrArray *archive_texts(struct talk *talk, const struct class *class)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(free_text);

    for (size_t h = 0; talk->school->handlers[h]; h++) {
        const struct handler *handler = talk->school->handlers[h];
        GString *into = g_string_new(NULL);

        if (handler->archive)
            handler->archive(talk, class, into);
        if (into->len) {
            struct paper_text *text = g_new0(struct paper_text, 1);

            *text = (struct paper_text){ handler->name, g_string_free(into, FALSE) };
            g_ptr_array_add(texts, text);
        } else {
            g_string_free(into, TRUE);
        }
    }
    return texts;
}

static void free_grid(void *data)
{
    grid_free(data);
}

/* Has the capabilities put into it what they have for this kind. */
static void take_order(struct talk *talk, const struct class *class, struct paper *paper)
{
    paper->order = (struct paper_order){ .kind = paper->kind,
                                         .subject = paper->subject,
                                         .grids = g_ptr_array_new_with_free_func(free_grid) };
    for (size_t h = 0; talk->school->handlers[h]; h++)
        if (talk->school->handlers[h]->paper)
            talk->school->handlers[h]->paper(talk, class, &paper->order);
}

struct paper *paper_new(struct talk *talk, enum paper_kind kind, int64_t class_id, int64_t subject)
{
    const struct class *class = class_by_id(talk, class_id);
    struct paper *paper = g_new0(struct paper, 1);

    paper->school = talk->school;
    paper->vault = talk->school->vault;
    paper->kind = kind;
    paper->class_id = class_id;
    paper->subject = subject;
    paper->now = talk->now;
    paper->store_path = g_strdup(store_path(talk->store));
    paper->temp_dir = g_path_get_dirname(paper->store_path);
    paper->files_dir = g_build_filename(paper->temp_dir, "files", NULL);
    paper->title = g_strdup(class->title);
    paper->slug = g_strdup(class->slug);
    paper->starts = g_strdup(class->starts);
    paper->lang = g_strdup(talk->lang);
    paper->zone = g_time_zone_ref(class->zone);
    paper->tag = paper_tag(talk->school);
    paper->words = locale_copy(talk->lang, "sheet.");
    take_order(talk, class, paper);
    if (kind == PAPER_ARCHIVE)
        paper->texts = archive_texts(talk, class);
    if (kind == PAPER_SLIPS)
        paper_slips_begin(talk, class, paper);
    if (kind == PAPER_BOOK || kind == PAPER_MARKS || kind == PAPER_MARKS_CSV || kind == PAPER_ARCHIVE)
        paper_marks_begin(talk, class, paper);
    paper->name = g_strdup_printf("%s-%s-%s.%s", class->slug, words(talk, kinds[kind].label, NULL),
                                  day_of(talk, class, talk->now), kinds[kind].ending);
    return paper;
}

bool paper_slice(void *data)
{
    struct paper *paper = data;
    struct talk talk;

    if (!paper->members || paper->error)
        return true;
    struct pool *pool = pool_new();

    talk_begin(&talk, paper->school, pool);
    talk.lang = paper->lang;
    bool whole = paper_marks_next(&talk, class_by_id(&talk, paper->class_id), paper);

    talk_end(&talk);
    pool_free(pool);
    return whole;
}

void paper_fail(struct paper *paper, const char *why)
{
    if (!paper->error)
        paper->error = g_strdup(why);
}

const char *paper_words(struct paper *paper, const char *key, ...)
{
    const char *raw = g_hash_table_lookup(paper->words, key), *name;
    va_list args;

    if (!raw)
        BUG("%s is not among what papers say", key);
    GString *text = g_string_new(raw);

    va_start(args, key);
    while ((name = va_arg(args, const char *))) {
        g_autofree char *place = g_strdup_printf("{%s}", name);

        g_string_replace(text, place, va_arg(args, const char *), 0);
    }
    va_end(args);
    return pool_take(paper->pool, g_string_free(text, FALSE));
}

/* The moment in the class's zone; yours. */
static GDateTime *local(struct paper *paper, int64_t at)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);

    return g_date_time_to_timezone(utc, paper->zone);
}

const char *paper_day(struct paper *paper, int64_t at)
{
    g_autoptr(GDateTime) day = local(paper, at);

    return paper_words(paper, "sheet.day", "month",
                       pool_printf(paper->pool, "%d", g_date_time_get_month(day)), "day",
                       pool_printf(paper->pool, "%d", g_date_time_get_day_of_month(day)), NULL);
}

const char *paper_weekday(struct paper *paper, int64_t at)
{
    g_autoptr(GDateTime) day = local(paper, at);

    return paper_words(paper, pool_printf(paper->pool, "sheet.weekday%d", g_date_time_get_day_of_week(day)),
                       NULL);
}

const char *paper_time(struct paper *paper, int64_t at)
{
    g_autoptr(GDateTime) day = local(paper, at);

    return pool_printf(paper->pool, "%02d:%02d", g_date_time_get_hour(day), g_date_time_get_minute(day));
}

const char *paper_date(struct paper *paper, int64_t at)
{
    g_autoptr(GDateTime) day = local(paper, at);

    return pool_printf(paper->pool, "%d/%d", g_date_time_get_month(day), g_date_time_get_day_of_month(day));
}

void paper_take_book(struct paper *paper, struct grid *const *grids, size_t count)
{
    g_autofree char *path = g_build_filename(paper->temp_dir, PAPER_UNFINISHED "XXXXXX", NULL);
    int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    const char *error = fd < 0 ? "data_dir takes no file" : grid_xlsx(grids, count, path, paper->temp_dir);
    gsize len = 0;

    if (!error && !g_file_get_contents(path, &paper->bytes, &len, NULL))
        error = "what was written cannot be read";
    paper->len = len;
    if (fd >= 0) {
        close(fd);
        g_unlink(path);
    }
    if (error)
        paper_fail(paper, error);
}

/* One workbook of what there is. */
static void make_book(struct paper *paper, bool marks, bool signin, bool roster)
{
    struct grid *grids[3];
    size_t count = 0;

    if (signin)
        grids[count++] = paper_signin(paper);
    if (marks && paper->marks)
        grids[count++] = g_steal_pointer(&paper->marks);
    if (roster)
        grids[count++] = paper_roster(paper);
    if (!count)
        paper_fail(paper, "the class has no marking scheme");
    else
        paper_take_book(paper, grids, count);
    while (count > 0)
        grid_free(grids[--count]);
}

/* Takes a text for the paper's bytes. */
static void take_text(struct paper *paper, GString *text)
{
    if (!text)
        return;
    paper->len = text->len;
    paper->bytes = g_string_free(text, FALSE);
}

/* What was put into it, as a book, a picture or a paper to sign. */
static void make_order(struct paper *paper)
{
    const struct paper_order *order = &paper->order;

    if (!order->chart && !order->grids->len)
        paper_fail(paper, "there is nothing to put into it");
    else if (order->chart)
        take_text(paper, chart_png(order->chart));
    else if (paper->kind == PAPER_PAYMENT)
        take_text(paper, grid_pdf(order->grids->pdata[0]));
    else
        paper_take_book(paper, (struct grid *const *)order->grids->pdata, order->grids->len);
}

static void make(struct paper *paper)
{
    switch (paper->kind) {
    case PAPER_BOOK:
        make_book(paper, true, true, true);
        break;
    case PAPER_SIGNIN:
        make_book(paper, false, true, false);
        break;
    case PAPER_MARKS:
        make_book(paper, true, false, false);
        break;
    case PAPER_ROSTER:
        make_book(paper, false, false, true);
        break;
    case PAPER_MARKS_CSV:
        if (paper->marks)
            take_text(paper, grid_csv(paper->marks));
        else
            paper_fail(paper, "the class has no marking scheme");
        break;
    case PAPER_CALENDAR:
        take_text(paper, paper_calendar(paper));
        break;
    case PAPER_BLANK:
        take_text(paper, paper_blank(paper));
        break;
    case PAPER_ARCHIVE:
        paper_archive(paper);
        break;
    case PAPER_SLIPS:
        take_text(paper, paper_slips(paper));
        break;
    case PAPER_RESULTS:
    case PAPER_PICTURE:
    case PAPER_PAYMENT:
    case PAPER_PAYMENT_BOOK:
        make_order(paper);
        break;
    case PAPER_BRIEF:
        take_text(paper, paper_brief(paper));
        break;
    case PAPER_MINE:
        paper_mine(paper);
        break;
    case PAPER_KINDS:
        break;
    }
}

void paper_make(void *data)
{
    struct paper *paper = data;
    g_autoptr(GError) error = NULL;

    paper->pool = pool_new();
    paper->store = store_open_reader(paper->store_path, &error);
    if (!paper->store)
        paper_fail(paper, error->message);
    else if (!paper->error)
        make(paper);
    paper->unread = !paper->store || store_state(paper->store) != STORE_FINE;
    if (paper->unread)
        paper_fail(paper, "the store cannot be read");
    store_close(paper->store);
    pool_free(paper->pool);
    paper->store = NULL;
    paper->pool = NULL;
}

const char *paper_error(const struct paper *paper)
{
    return paper->error;
}

bool paper_passing(const struct paper *paper)
{
    return paper->unread || !paper->error;
}

char *paper_bytes(struct paper *paper, size_t *ret_len)
{
    *ret_len = paper->len;
    return g_steal_pointer(&paper->bytes);
}

const char *paper_name(const struct paper *paper)
{
    return paper->name;
}

const char *paper_mime(const struct paper *paper)
{
    return kinds[paper->kind].mime;
}

char *paper_path(struct paper *paper)
{
    return g_steal_pointer(&paper->path);
}

void paper_free(struct paper *paper)
{
    if (!paper)
        return;
    if (paper->path)
        g_unlink(paper->path);
    grid_free(paper->marks);
    g_ptr_array_unref(paper->order.grids);
    chart_free(paper->order.chart);
    if (paper->members)
        g_array_unref(paper->members);
    g_hash_table_destroy(paper->words);
    if (paper->slips)
        g_ptr_array_unref(paper->slips);
    g_time_zone_unref(paper->zone);
    if (paper->texts)
        g_ptr_array_unref(paper->texts);
    g_free(paper->store_path);
    g_free(paper->files_dir);
    g_free(paper->temp_dir);
    g_free(paper->title);
    g_free(paper->slug);
    g_free(paper->starts);
    g_free(paper->lang);
    g_free(paper->tag);
    g_free(paper->name);
    g_free(paper->bytes);
    g_free(paper->path);
    g_free(paper->error);
    g_free(paper);
}

void paper_sweep(struct school *school)
{
    g_autofree char *folder = g_path_get_dirname(store_path(school->store));
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (g_str_has_prefix(name, PAPER_UNFINISHED))
            g_unlink(path);
    }
    if (dir)
        g_dir_close(dir);
}
