#include "bot/school/chart.h"

#include "bot/school/ink.h"

enum { WIDTH = 1080, MARGIN = 44, BAR = 64, GAP = 40 };

/* From good to bad, told apart also by who sees no red or green: light and dark change with it. */
static const unsigned palette[] = { 0x1b6e4a, 0x74c08a, 0xd8d8d8, 0xf2a65a, 0xb8323f };
static const unsigned palette_text[] = { 0xffffff, 0x10301c, 0x333333, 0x3a2200, 0xffffff };

struct bar {
    char *label, *aside;
    GArray *parts; /* int64_t */
};

struct chart {
    char *title;
    GPtrArray *notes, *options; /* char * */
    GPtrArray *bars;            /* struct bar * */
};

static void free_bar(void *data)
{
    struct bar *bar = data;

    g_free(bar->label);
    g_free(bar->aside);
    g_array_unref(bar->parts);
    g_free(bar);
}

struct chart *chart_new(const char *title)
{
    struct chart *chart = g_new0(struct chart, 1);

    chart->title = g_strdup(title);
    chart->notes = g_ptr_array_new_with_free_func(g_free);
    chart->options = g_ptr_array_new_with_free_func(g_free);
    chart->bars = g_ptr_array_new_with_free_func(free_bar);
    return chart;
}

void chart_free(struct chart *chart)
{
    if (!chart)
        return;
    g_ptr_array_unref(chart->notes);
    g_ptr_array_unref(chart->options);
    g_ptr_array_unref(chart->bars);
    g_free(chart->title);
    g_free(chart);
}

void chart_note(struct chart *chart, const char *text)
{
    g_ptr_array_add(chart->notes, g_strdup(text));
}

void chart_option(struct chart *chart, const char *label)
{
    g_ptr_array_add(chart->options, g_strdup(label));
}

void chart_bar(struct chart *chart, const char *label, const char *aside)
{
    struct bar *bar = g_new0(struct bar, 1);

    bar->label = g_strdup(label);
    bar->aside = g_strdup(aside);
    bar->parts = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_ptr_array_add(chart->bars, bar);
}

void chart_part(struct chart *chart, int64_t n)
{
    struct bar *bar = chart->bars->pdata[chart->bars->len - 1];

    g_array_append_val(bar->parts, n);
}

/* Which colour of the palette an option has: the first and the last are its ends. */
static size_t colour_of(const struct chart *chart, guint option)
{
    guint last = MAX(chart->options->len, 2) - 1;

    return MIN((option * (G_N_ELEMENTS(palette) - 1) + last / 2) / last, G_N_ELEMENTS(palette) - 1);
}

/* What each colour stands for, in lines; gives where it ends. */
static double draw_legend(struct ink *ink, const struct chart *chart, double y)
{
    double x = MARGIN, size = 30;

    for (guint i = 0; i < chart->options->len; i++) {
        const char *label = chart->options->pdata[i];
        double width = 44 + ink_width(ink, size, 0, label) + 30;

        if (x > MARGIN && x + width > WIDTH - MARGIN) {
            x = MARGIN;
            y += size * 1.7;
        }
        ink_colour(ink, palette[colour_of(chart, i)]);
        ink_fill(ink, x, y + 5, 32, 32);
        ink_colour(ink, 0x333333);
        ink_text(ink, x + 44, y, WIDTH - MARGIN - x - 44, size, INK_ONE_LINE, label);
        x += width;
    }
    return y + size * 1.7;
}

/* One question: its words, its figures, its bar with the numbers in it; gives where it ends. */
static double draw_bar(struct ink *ink, const struct chart *chart, const struct bar *bar, double y)
{
    int64_t all = 0;
    double x = MARGIN, width = WIDTH - 2 * MARGIN;

    for (guint i = 0; i < bar->parts->len; i++)
        all += g_array_index(bar->parts, int64_t, i);
    ink_colour(ink, 0x1a1a1a);
    y += ink_text(ink, MARGIN, y, width, 34, 0, bar->label) + 4;
    ink_colour(ink, 0x666666);
    y += ink_text(ink, MARGIN, y, width, 28, 0, bar->aside) + 8;
    for (guint i = 0; all > 0 && i < bar->parts->len; i++) {
        int64_t n = g_array_index(bar->parts, int64_t, i);
        double part = width * (double)n / (double)all;
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, n);

        if (n == 0)
            continue;
        ink_colour(ink, palette[colour_of(chart, i)]);
        ink_fill(ink, x, y, part, BAR);
        ink_colour(ink, palette_text[colour_of(chart, i)]);
        if (part > ink_width(ink, 32, INK_BOLD, number) + 4)
            ink_text(ink, x, y + 12, part, 32, INK_BOLD | INK_CENTRE, number);
        x += part;
    }
    return y + BAR + GAP;
}

/* All of it; gives where it ends. */
static double draw(struct ink *ink, const struct chart *chart)
{
    double y = MARGIN, width = WIDTH - 2 * MARGIN;

    ink_colour(ink, 0x111111);
    y += ink_text(ink, MARGIN, y, width, 46, INK_BOLD, chart->title) + 14;
    ink_colour(ink, 0x555555);
    for (guint i = 0; i < chart->notes->len; i++)
        y += ink_text(ink, MARGIN, y, width, 30, 0, chart->notes->pdata[i]) + 6;
    y = draw_legend(ink, chart, y + 18) + 22;
    for (guint i = 0; i < chart->bars->len; i++)
        y = draw_bar(ink, chart, chart->bars->pdata[i], y);
    return y + MARGIN - GAP;
}

GString *chart_png(const struct chart *chart)
{
    cairo_surface_t *sketch = cairo_recording_surface_create(CAIRO_CONTENT_COLOR, NULL);
    struct ink ink;

    ink_begin(&ink, sketch);
    int height = (int)draw(&ink, chart);

    ink_end(&ink);
    cairo_surface_t *picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, height);

    ink_begin(&ink, picture);
    ink_colour(&ink, 0xffffff);
    cairo_paint(ink.cairo);
    draw(&ink, chart);
    ink_end(&ink);
    GString *png = ink_png(picture);

    cairo_surface_destroy(sketch);
    cairo_surface_destroy(picture);
    return png;
}
