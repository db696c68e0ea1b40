/* The picture below the digest: who was there at every sitting and what was handed in, over the course so
 * far. As wide as a phone held upright shows well; no names, so that it may also go to the class's group. */
#include "bot/school/ink.h"
#include "bot/school/paper_private.h"

enum {
    WIDTH = 1080,
    MARGIN = 40,
    PAD = 36,
    BARS = 40,  /* sittings shown, the latest */
    ROWS = 12,  /* things to hand in, the latest */
    TILES = 3,  /* figures above all */
    HEAD = 170, /* height of the title */
    TILE = 170,
    PLOT = 330, /* height of the bars */
    ROW = 62,
    CHARS = 9, /* of a title beside its bar */
};

/* What the colours mean, alike in both halves. */
enum shade { FINE, LATE, EXCUSED, NOT, SHADES }; /* excused: on leave, or not due yet */
static const guint32 colours[SHADES] = { 0x2E9E6B, 0xF0B23C, 0x8AA4C8, 0xDE5B4F };
static const guint32 dark = 0x1F2A37, faint = 0x6B7683, rule = 0xE3E8EF, paper_white = 0xFFFFFF,
                     ground = 0xEEF2F7;

/* One bar: a sitting, or a thing to hand in. */
struct bar {
    const char *label;
    int64_t parts[SHADES], whole;
    bool first; /* of its day */
    bool open;  /* not due yet: no figure is made of it */
};

struct chart {
    struct paper *paper;
    struct ink ink;
    struct bar sittings[BARS], things[ROWS];
    int sitting_count, thing_count, people;
    int64_t attendance[SHADES], attended, hand_ins[SHADES], handed; /* sums, and of how many */
    double y;
};

/* --- what is drawn
 * ------------------------------------------------------------------------------------------------------ */

/* The latest sittings that have begun, oldest first. Who has not been heard of at an open one is in no part.
 */
static void read_sittings(struct chart *c)
{
    struct paper *paper = c->paper;
    g_autoptr(query) q = store_query(
        paper->store,
        "SELECT * FROM (SELECT s.starts, sum(a.state = 'present' AND a.minutes = 0 AND a.early_minutes = 0),"
        " sum(a.state = 'present' AND (a.minutes > 0 OR a.early_minutes > 0)),"
        " sum(a.state IN ('leave', 'pending')), sum(a.state IN ('absent', 'truant')), count(*),"
        " (SELECT count(*) FROM member m WHERE m.class = s.class AND m.role = 1 AND m.since <= s.starts"
        "  AND (m.left IS NULL OR m.left > s.starts))"
        " FROM sitting s JOIN attendance_all a ON a.sitting = s.id WHERE s.class = ? AND s.starts <= ?"
        " GROUP BY s.id ORDER BY s.starts DESC LIMIT ?) ORDER BY 1",
        "iii", paper->class_id, paper->now, (int64_t)BARS);
    const char *day = "";

    while (query_next(q)) {
        struct bar *bar = &c->sittings[c->sitting_count++];

        bar->label = paper_date(paper, query_int(q, 0));
        bar->first = !g_str_equal(bar->label, day);
        day = bar->label;
        bar->whole = MAX(query_int(q, 5), query_int(q, 6));
        for (int i = 0; i < SHADES; i++)
            bar->parts[i] = query_int(q, 1 + i);
    }
}

/* Adds a thing to hand in; `open`: it is not due yet. */
static void add_thing(struct chart *c, const char *label, int64_t ontime, int64_t late, int64_t whole,
                      bool open)
{
    struct bar *bar = &c->things[c->thing_count++];

    *bar = (struct bar){
        .label = label, .parts = { [FINE] = ontime, [LATE] = late }, .whole = whole, .open = open
    };
    bar->parts[open ? EXCUSED : NOT] = whole - ontime - late;
}

/* Homework that was published and the weekly plans and reports that anybody wrote; the latest, oldest first.
 */
static void read_things(struct chart *c)
{
    struct paper *paper = c->paper;
    g_autoptr(query) q = store_query(
        paper->store,
        "SELECT * FROM (SELECT o.due AS at, 'homework' AS what, o.number, o.title,"
        "  coalesce(sum(o.late = 0), 0), coalesce(sum(o.late = 1), 0), count(*), o.due > ?2 FROM "
        "homework_owed o"
        "  WHERE o.class = ?1 AND o.published <= ?2 GROUP BY o.homework"
        " UNION ALL SELECT max(w.at), CASE w.kind WHEN 0 THEN 'report' ELSE 'plan' END, w.week, '',"
        "  sum(w.late = 0), sum(w.late <> 0), (SELECT count(*) FROM member x WHERE x.class = ?1 AND x.role = "
        "1"
        "  AND x.left IS NULL), max(w.due) > ?2 FROM weekly w JOIN member m ON m.id = w.member WHERE m.class "
        "= ?1 AND "
        "m.left IS NULL"
        "  GROUP BY w.kind, w.week ORDER BY 1 DESC LIMIT ?3) ORDER BY 1",
        "iii", paper->class_id, paper->now, (int64_t)ROWS);

    while (query_next(q)) {
        g_autofree char *title =
            g_utf8_substring(query_text(q, 3), 0, MIN(g_utf8_strlen(query_text(q, 3), -1), CHARS));
        const char *key = pool_printf(paper->pool, "sheet.brief_%s", query_text(q, 1));

        add_thing(c,
                  paper_words(paper, key, "n", pool_printf(paper->pool, "%" G_GINT64_FORMAT, query_int(q, 2)),
                              "title", pool_strdup(paper->pool, title), NULL),
                  query_int(q, 4), query_int(q, 5), MAX(query_int(q, 6), query_int(q, 4) + query_int(q, 5)),
                  query_int(q, 7) != 0);
    }
}

/* Adds up what the figures above all say. */
static void add_up(struct chart *c)
{
    for (int i = 0; i < c->sitting_count; i++) {
        for (int s = 0; s < SHADES; s++)
            c->attendance[s] += c->sittings[i].parts[s];
        c->attended += c->sittings[i].whole;
    }
    for (int i = 0; i < c->thing_count; i++) {
        if (c->things[i].open)
            continue;
        for (int s = 0; s < SHADES; s++)
            c->hand_ins[s] += c->things[i].parts[s];
        c->handed += c->things[i].whole;
    }
}

/* --- drawing
 * ------------------------------------------------------------------------------------------------------------
 */

/* The title, and when this was. */
static void draw_head(struct chart *c)
{
    struct paper *paper = c->paper;

    ink_colour(&c->ink, dark);
    ink_text(&c->ink, MARGIN, 38, WIDTH - 2 * MARGIN, 46, INK_ONE_LINE | INK_BOLD, paper->title);
    ink_colour(&c->ink, faint);
    ink_text(&c->ink, MARGIN, 108, WIDTH - 2 * MARGIN, 30, INK_ONE_LINE,
             paper_words(paper, "sheet.brief_until", "day", paper_day(paper, paper->now), "weekday",
                         paper_weekday(paper, paper->now), "time", paper_time(paper, paper->now), "n",
                         pool_printf(paper->pool, "%d", c->people), NULL));
    c->y = HEAD;
}

/* One of the figures above all: a share in large letters, in the colour of how good it is. */
static void draw_tile(struct chart *c, int place, const char *key, int64_t part, int64_t whole)
{
    enum shade shade = part * 100 >= whole * 85 ? FINE : part * 100 >= whole * 70 ? LATE : NOT;
    double width = (WIDTH - 2 * MARGIN - (TILES - 1) * 24.) / TILES, x = MARGIN + place * (width + 24);

    ink_colour(&c->ink, paper_white);
    ink_box(&c->ink, x, c->y, width, TILE, 24);
    ink_colour(&c->ink, whole ? colours[shade] : faint);
    ink_text(&c->ink, x, c->y + 24, width, 66, INK_ONE_LINE | INK_CENTRE | INK_BOLD,
             whole ? pool_printf(c->paper->pool, "%d%%", (int)((part * 200 + whole) / (2 * whole))) : "–");
    ink_colour(&c->ink, faint);
    ink_text(&c->ink, x, c->y + 114, width, 30, INK_ONE_LINE | INK_CENTRE, paper_words(c->paper, key, NULL));
}

/* The white ground of one half with its heading and what its colours mean. */
static void draw_panel(struct chart *c, double height, const char *heading, const char *const *keys)
{
    double x = WIDTH - MARGIN - PAD;

    ink_colour(&c->ink, paper_white);
    ink_box(&c->ink, MARGIN, c->y, WIDTH - 2 * MARGIN, height, 24);
    ink_colour(&c->ink, dark);
    ink_text(&c->ink, MARGIN + PAD, c->y + 28, 360, 38, INK_ONE_LINE | INK_BOLD,
             paper_words(c->paper, heading, NULL));
    for (int i = SHADES - 1; i >= 0; i--) {
        const char *word = keys[i] ? paper_words(c->paper, keys[i], NULL) : NULL;

        if (!word)
            continue;
        double width = (double)g_utf8_strlen(word, -1) * (g_ascii_isalpha(*word) ? 16 : 28) + 54;

        x -= width;
        ink_colour(&c->ink, colours[i]);
        ink_box(&c->ink, x, c->y + 36, 26, 26, 8);
        ink_colour(&c->ink, faint);
        ink_text(&c->ink, x + 34, c->y + 32, width - 30, 28, INK_ONE_LINE, word);
    }
}

/* Says that there is nothing yet. */
static void draw_nothing(struct chart *c, double height)
{
    ink_colour(&c->ink, faint);
    ink_text(&c->ink, MARGIN, c->y + height / 2, WIDTH - 2 * MARGIN, 32, INK_ONE_LINE | INK_CENTRE,
             paper_words(c->paper, "sheet.brief_nothing", NULL));
}

/* One upright bar, the best at its foot. */
static void draw_sitting(struct chart *c, const struct bar *bar, double x, double width, double foot)
{
    double y = foot;

    for (int s = 0; s < SHADES; s++) {
        double height = bar->whole ? (double)PLOT * (double)bar->parts[s] / (double)bar->whole : 0;

        if (height <= 0)
            continue;
        y -= height;
        ink_colour(&c->ink, colours[s]);
        ink_box(&c->ink, x, y + 1, width, MAX(height - 2, 2), 5);
    }
}

/* The upper half: a bar for each sitting, the days below. */
static void draw_sittings(struct chart *c)
{
    static const char *const keys[SHADES] = { "sheet.brief_ontime", "sheet.brief_late", "sheet.brief_leave",
                                              "sheet.brief_absent" };
    double height = PLOT + 210, left = MARGIN + PAD + 76, foot = c->y + 120 + PLOT;
    double room = WIDTH - MARGIN - PAD - left;
    double step = c->sitting_count ? MIN(room / c->sitting_count, 90) : room, free_from = left;

    draw_panel(c, height, "sheet.brief_attendance", keys);
    for (int i = 0; i <= 2; i++) {
        double y = foot - PLOT * i / 2.;

        ink_colour(&c->ink, rule);
        ink_box(&c->ink, left, y - 1, room, 2, 0);
        ink_colour(&c->ink, faint);
        ink_text(&c->ink, MARGIN, y - 17, PAD + 60, 26, INK_ONE_LINE | INK_RIGHT,
                 pool_printf(c->paper->pool, "%d%%", 50 * i));
    }
    for (int i = 0; i < c->sitting_count; i++) {
        const struct bar *bar = &c->sittings[i];
        double x = left + step * i, width = MAX(step * .74, 4);

        draw_sitting(c, bar, x + (step - width) / 2, width, foot);
        if (!bar->first || x < free_from || x + 84 > left + room + PAD)
            continue;
        ink_colour(&c->ink, faint);
        ink_text(&c->ink, x + step / 2 - 46, foot + 16, 92, 26, INK_ONE_LINE | INK_CENTRE, bar->label);
        free_from = x + 80;
    }
    if (c->sitting_count == 0)
        draw_nothing(c, height);
    c->y += height + 28;
}

/* The lower half: a bar lying beside the name of each thing to hand in, and how many are in. */
static void draw_things(struct chart *c)
{
    static const char *const keys[SHADES] = { "sheet.brief_ontime", "sheet.brief_late_in", "sheet.brief_open",
                                              "sheet.brief_missing" };
    double height = 130 + MAX(c->thing_count, 2) * ROW, left = MARGIN + PAD + 330,
           room = WIDTH - MARGIN - PAD - 110 - left;

    draw_panel(c, height, "sheet.brief_hand_in", keys);
    for (int i = 0; i < c->thing_count; i++) {
        const struct bar *bar = &c->things[i];
        double y = c->y + 104 + i * ROW, x = left;

        ink_colour(&c->ink, dark);
        ink_text(&c->ink, MARGIN + PAD, y - 3, 316, 28, INK_ONE_LINE, bar->label);
        for (int s = 0; s < SHADES; s++) {
            double width = bar->whole ? room * (double)bar->parts[s] / (double)bar->whole : 0;

            if (width <= 0)
                continue;
            ink_colour(&c->ink, colours[s]);
            ink_box(&c->ink, x + 1, y, MAX(width - 2, 2), 34, 6);
            x += width;
        }
        ink_colour(&c->ink, faint);
        ink_text(&c->ink, left + room + 6, y - 3, 104, 28, INK_ONE_LINE | INK_RIGHT,
                 pool_printf(c->paper->pool, "%d/%d", (int)(bar->parts[FINE] + bar->parts[LATE]),
                             (int)bar->whole));
    }
    if (c->thing_count == 0)
        draw_nothing(c, height);
    c->y += height + MARGIN;
}

/* All of it, from the top. Gives the height that it takes. */
static double draw_all(struct chart *c, cairo_surface_t *surface)
{
    int64_t arrived = c->attendance[FINE] + c->attendance[LATE];

    ink_begin(&c->ink, surface);
    ink_colour(&c->ink, ground);
    cairo_paint(c->ink.cairo);
    draw_head(c);
    draw_tile(c, 0, "sheet.brief_rate", arrived, c->attended);
    draw_tile(c, 1, "sheet.brief_punctual", c->attendance[FINE], arrived);
    draw_tile(c, 2, "sheet.brief_in_time", c->hand_ins[FINE], c->handed);
    c->y += TILE + 28;
    draw_sittings(c);
    draw_things(c);
    ink_end(&c->ink);
    return c->y;
}

/* How high it will be. */
static int height_of(const struct chart *c)
{
    return HEAD + TILE + 28 + (PLOT + 210) + 28 + 130 + MAX(c->thing_count, 2) * ROW + MARGIN;
}

GString *paper_brief(struct paper *paper)
{
    struct chart *c = pool_alloc(paper->pool, sizeof *c);

    c->paper = paper;
    c->people = (int)store_int(paper->store, 0,
                               "SELECT count(*) FROM member WHERE class = ? AND role = 1 AND left IS NULL",
                               "i", paper->class_id);
    read_sittings(c);
    read_things(c);
    add_up(c);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, height_of(c));

    draw_all(c, surface);
    GString *png = ink_png(surface);

    if (!png)
        paper_fail(paper, "the picture could not be made");
    cairo_surface_destroy(surface);
    return png;
}
