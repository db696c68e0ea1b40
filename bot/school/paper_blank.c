/* The sign-in sheet for ink: printed before class, signed, photographed (rules.md A7). A4, with the names of
 * all who are expected and an empty column for signatures. */
#include <stdbool.h>

#include "bot/core/store.h"
#include "bot/school/paper_pdf.h"

enum { MARGIN = 36, ROW = 21, FOOT = 46 };

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
    struct paper_pdf pdf;
    double y;
    int page, pages;
};

/* A line of text over the whole width; what follows comes below it. */
static void write_line(struct drawing *d, double size, int how, const char *text)
{
    d->y += paper_pdf_text(&d->pdf, MARGIN, d->y, PDF_WIDTH - 2 * MARGIN, size, how, text) + size * .35;
}

/* One row of the table, with its frame. */
static void draw_row(struct drawing *d, const char *const *texts, int how)
{
    double x = MARGIN;

    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        cairo_rectangle(d->pdf.cairo, x, d->y, columns[i].width, ROW);
        cairo_stroke(d->pdf.cairo);
        if (texts[i])
            paper_pdf_text(&d->pdf, x + 3, d->y + 3.5, columns[i].width - 6, 11, how, texts[i]);
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
    write_line(d, 18, PDF_CENTRE | PDF_BOLD,
               paper_words(paper, "sheet.blank_title", "class", paper->title, NULL));
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
    draw_row(d, heads, PDF_CENTRE | PDF_BOLD);
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
    d->y = PDF_HEIGHT - MARGIN + 6;
    write_line(d, 9, PDF_CENTRE,
               paper_words(paper, "sheet.page", "page", pool_printf(paper->pool, "%d", d->page), "pages",
                           pool_printf(paper->pool, "%d", d->pages), NULL));
    cairo_show_page(d->pdf.cairo);
}

/* The names, page after page. */
static void draw_pages(struct drawing *d, query *about, const GPtrArray *people)
{
    double first = 130; /* where the table's rows begin, a little more than draw_head takes */
    guint fit = (guint)((PDF_HEIGHT - MARGIN - FOOT - first) / ROW), count = people->len / 2, done = 0;

    d->pages = (int)MAX((count + fit - 1) / fit, 1);
    for (d->page = 1; d->page <= d->pages; d->page++) {
        draw_head(d, about, (int)count);
        for (guint i = 0; i < fit && done < count; i++, done++) {
            const char *texts[G_N_ELEMENTS(columns)] = { people->pdata[2 * done],
                                                         people->pdata[2 * done + 1] };

            draw_row(d, texts, PDF_CENTRE);
        }
        draw_foot(d);
    }
}

/* Number and name of everybody who is expected, one after the other. */
static GPtrArray *people_of(struct paper *paper)
{
    GPtrArray *people = g_ptr_array_new();
    g_autoptr(query) q = store_query(paper->store,
                                     "SELECT coalesce(e.number, ''), p.name FROM expected e"
                                     " JOIN person p ON p.id = e.person WHERE e.sitting = ? AND e.class = ?"
                                     " ORDER BY length(e.number), e.number, e.member",
                                     "ii", paper->subject, paper->class_id);

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
    g_autoptr(GPtrArray) people = people_of(paper);
    struct drawing d = { .paper = paper };

    paper_pdf_begin(&d.pdf, paper_words(paper, "sheet.blank_title", "class", paper->title, NULL));
    cairo_set_line_width(d.pdf.cairo, .6);
    draw_pages(&d, about, people);
    return paper_pdf_end(&d.pdf, paper);
}
