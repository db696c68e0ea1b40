/* The sign-in sheet for ink: printed before class, signed, photographed (rules.md A7). A4, with the names of
 * all who are expected and an empty column for signatures. */
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdbool.h>

#include "bot/core/store.h"
#include "bot/school/paper_private.h"

#define FONT "WenQuanYi Zen Hei, Noto Sans CJK SC, Noto Serif CJK SC, Source Han Sans SC, sans-serif"

enum { WIDTH = 595, HEIGHT = 842, MARGIN = 36, ROW = 21, FOOT = 46 };
enum { CENTRE = 1, BOLD = 2 };

/* The columns and their widths: number, name, signature, time of arrival, remark. */
static const struct {
    const char *key;
    double width;
} columns[] = { { "sheet.number", 62 },
                { "sheet.name", 105 },
                { "sheet.signature", 170 },
                { "sheet.arrival", 86 },
                { "sheet.remark", 100 } };

/* A page being drawn. */
struct drawing {
    struct paper *paper;
    cairo_t *cairo;
    PangoContext *context;
    double y;
    int page, pages;
};

/* Writes text within `width` from (x, y), at most one line; gives its height. */
static double write_text(struct drawing *d, double x, double y, double width, double size, int how,
                         const char *text)
{
    PangoLayout *layout = pango_layout_new(d->context);
    PangoFontDescription *font = pango_font_description_from_string(FONT);
    int height;

    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    if (how & BOLD)
        pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, text, -1);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_height(layout, 0); /* one line */
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_alignment(layout, how & CENTRE ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT);
    pango_layout_get_pixel_size(layout, NULL, &height);
    cairo_move_to(d->cairo, x, y);
    pango_cairo_show_layout(d->cairo, layout);
    pango_font_description_free(font);
    g_object_unref(layout);
    return height;
}

/* A line of text over the whole width; what follows comes below it. */
static void write_line(struct drawing *d, double size, int how, const char *text)
{
    d->y += write_text(d, MARGIN, d->y, WIDTH - 2 * MARGIN, size, how, text) + size * .35;
}

/* One row of the table, with its frame. */
static void draw_row(struct drawing *d, const char *const *texts, int how)
{
    double x = MARGIN;

    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        cairo_rectangle(d->cairo, x, d->y, columns[i].width, ROW);
        cairo_stroke(d->cairo);
        if (texts[i])
            write_text(d, x + 3, d->y + 3.5, columns[i].width - 6, 11, how, texts[i]);
        x += columns[i].width;
    }
    d->y += ROW;
}

/* What stands above the table: class, course, when, where, how many. */
static void draw_head(struct drawing *d, query *about, int people)
{
    struct paper *paper = d->paper;
    const char *heads[G_N_ELEMENTS(columns)], *lecturer = query_text(about, 3), *place = query_text(about, 4);

    d->y = MARGIN;
    write_line(d, 18, CENTRE | BOLD, paper_words(paper, "sheet.blank_title", "class", paper->title, NULL));
    write_line(d, 11, 0,
               paper_words(paper, "sheet.blank_course", "title", query_text(about, 2), "lecturer",
                           lecturer ? lecturer : "", "place", place ? place : "", NULL));
    write_line(d, 11, 0,
               paper_words(paper, "sheet.blank_when", "day", paper_day(paper, query_int(about, 0)), "weekday",
                           paper_weekday(paper, query_int(about, 0)), "from",
                           paper_time(paper, query_int(about, 0)), "to",
                           paper_time(paper, query_int(about, 1)), "n",
                           pool_printf(paper->pool, "%d", people), NULL));
    d->y += 3;
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
        heads[i] = paper_words(paper, columns[i].key, NULL);
    draw_row(d, heads, CENTRE | BOLD);
}

/* What stands below it: counted by hand, and signed; on each page its number. */
static void draw_foot(struct drawing *d)
{
    struct paper *paper = d->paper;
    bool last = d->page == d->pages;

    d->y += 10;
    if (last)
        write_line(d, 10, 0,
                   pool_printf(paper->pool, "%s　　%s", paper_words(paper, "sheet.blank_people", NULL),
                               paper_words(paper, "sheet.blank_foot", NULL)));
    d->y = HEIGHT - MARGIN + 6;
    write_line(d, 9, CENTRE,
               paper_words(paper, "sheet.page", "page", pool_printf(paper->pool, "%d", d->page), "pages",
                           pool_printf(paper->pool, "%d", d->pages), NULL));
    cairo_show_page(d->cairo);
}

/* The names, page after page. */
static void draw_pages(struct drawing *d, query *about, const GPtrArray *people)
{
    double first = 130; /* where the table's rows begin, a little more than draw_head takes */
    guint fit = (guint)((HEIGHT - MARGIN - FOOT - first) / ROW), count = people->len / 2, done = 0;

    d->pages = (int)MAX((count + fit - 1) / fit, 1);
    for (d->page = 1; d->page <= d->pages; d->page++) {
        draw_head(d, about, (int)count);
        for (guint i = 0; i < fit && done < count; i++, done++) {
            const char *texts[G_N_ELEMENTS(columns)] = { people->pdata[2 * done],
                                                         people->pdata[2 * done + 1] };

            draw_row(d, texts, CENTRE);
        }
        draw_foot(d);
    }
}

/* Appends what Cairo writes. */
static cairo_status_t take(void *into, const unsigned char *bytes, unsigned int len)
{
    g_string_append_len(into, (const char *)bytes, len);
    return CAIRO_STATUS_SUCCESS;
}

/* Number and name of everybody who is expected, one after the other. */
static GPtrArray *people_of(struct paper *paper)
{
    GPtrArray *people = g_ptr_array_new();
    g_autoptr(query) q = store_query(paper->store,
                                     "SELECT coalesce(m.number, ''), p.name FROM member m"
                                     " JOIN person p ON p.id = m.person WHERE m.class = ? AND m.role = 1"
                                     " AND m.left IS NULL ORDER BY length(m.number), m.number, m.id",
                                     "i", paper->class_id);

    while (query_next(q)) {
        g_ptr_array_add(people, pool_strdup(paper->pool, query_text(q, 0)));
        g_ptr_array_add(people, pool_strdup(paper->pool, query_text(q, 1)));
    }
    return people;
}

GString *paper_blank(struct paper *paper)
{
    g_autoptr(query) about =
        store_query(paper->store,
                    "SELECT s.starts, s.ends, n.title, n.lecturer, n.place FROM sitting s"
                    " JOIN session n ON n.id = s.session WHERE s.id = ? AND s.class = ?",
                    "ii", paper->subject, paper->class_id);

    if (!query_next(about)) {
        paper_fail(paper, "there is no such sitting");
        return NULL;
    }
    GString *pdf = g_string_new(NULL);
    g_autoptr(GPtrArray) people = people_of(paper);
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(take, pdf, WIDTH, HEIGHT);
    PangoFontMap *fonts = pango_cairo_font_map_new();
    struct drawing d = { .paper = paper,
                         .cairo = cairo_create(surface),
                         .context = pango_font_map_create_context(fonts) };

    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
                                   paper_words(paper, "sheet.blank_title", "class", paper->title, NULL));
    cairo_set_line_width(d.cairo, .6);
    draw_pages(&d, about, people);
    g_object_unref(d.context);
    g_object_unref(fonts);
    cairo_destroy(d.cairo);
    cairo_surface_finish(surface);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
        paper_fail(paper, cairo_status_to_string(cairo_surface_status(surface)));
    cairo_surface_destroy(surface);
    return pdf;
}

#ifdef __SANITIZE_ADDRESS__
/* Fontconfig keeps what it found out about the machine's fonts, and the leak checker cannot see where. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
#endif
