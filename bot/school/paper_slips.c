/* Join slips to be printed, cut and handed out: ten on an A4 page, each with name, one-time code and its QR.
 */
#include <qrencode.h>
#include <string.h>

#include "bot/school/binding.h"
#include "bot/school/invite.h"
#include "bot/school/paper_pdf.h"
#include "bot/school/school.h"

enum { ACROSS = 2, DOWN = 5, SLIPS = ACROSS * DOWN };
enum { PAD = 18, QR = 108, QUIET = 4 };

static const double slip_width = (double)PDF_WIDTH / ACROSS, slip_height = (double)PDF_HEIGHT / DOWN;

struct paper_slip {
    bool trainee;
    char *name, *role, *number, *code, *link;
};

static void slip_free(void *data)
{
    struct paper_slip *slip = data;

    g_free(slip->name);
    g_free(slip->role);
    g_free(slip->number);
    g_free(slip->code);
    g_free(slip->link);
    g_free(slip);
}

/* Trainees first, then by number as people count. */
static int by_number(const void *a, const void *b)
{
    const struct paper_slip *x = *(struct paper_slip *const *)a, *y = *(struct paper_slip *const *)b;
    size_t longer = strlen(x->number), other = strlen(y->number);

    if (x->trainee != y->trainee)
        return x->trainee ? -1 : 1;
    return longer != other ? (longer < other ? -1 : 1) : strcmp(x->number, y->number);
}

void paper_slips_begin(struct talk *talk, const struct class *class, struct paper *paper)
{
    size_t count;
    struct member *members = members_of(talk, class->id, ROLE_ALL, &count);

    paper->slips = g_ptr_array_new_with_free_func(slip_free);
    for (size_t i = 0; i < count; i++) {
        if (!invite_wanted(talk->store, members[i].person) ||
            (paper->subject && !binding_may(talk->store, paper->subject, members[i].person)))
            continue;
        struct paper_slip *slip = g_new0(struct paper_slip, 1);

        slip->trainee = members[i].role == ROLE_TRAINEE;
        slip->name = g_strdup(members[i].name);
        slip->role = g_strdup(role_label(talk, members[i].role));
        slip->number = g_strdup(members[i].number ? members[i].number : "");
        slip->code = invite_code(talk->store, talk->school->secret, members[i].id);
        slip->link = g_strdup_printf("%s/j/%s", talk->school->public_url, slip->code);
        g_ptr_array_add(paper->slips, slip);
    }
    g_ptr_array_sort(paper->slips, by_number);
}

/* Draws the QR of a text into a square of `side` points with its quiet zone. */
static void draw_qr(cairo_t *cairo, double x, double y, double side, const char *text)
{
    QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

    if (!qr) /* the address is too long: it stands below in letters */
        return;
    double module = side / (qr->width + 2 * QUIET);

    for (int row = 0; row < qr->width; row++)
        for (int column = 0; column < qr->width; column++)
            if (qr->data[row * qr->width + column] & 1)
                cairo_rectangle(cairo, x + (column + QUIET) * module, y + (row + QUIET) * module, module,
                                module);
    cairo_fill(cairo);
    QRcode_free(qr);
}

/* One slip with its upper left corner at (x, y). */
static void draw_slip(struct paper *paper, struct paper_pdf *pdf, double x, double y,
                      const struct paper_slip *slip)
{
    double left = x + PAD, width = slip_width - 2 * PAD, beside = width - QR - 6, top = y + 14;
    const char *code =
        pool_printf(paper->pool, "%.5s %s", slip->code, slip->code + MIN(strlen(slip->code), 5));

    paper_pdf_text(pdf, left, top, width, 11, 0, paper->title);
    paper_pdf_text(pdf, left, top + 20, beside, 25, PDF_BOLD, slip->name);
    paper_pdf_text(pdf, left, top + 54, beside, 11, 0,
                   pool_printf(paper->pool, "%s %s", slip->role, slip->number));
    paper_pdf_text(pdf, left, top + 76, beside, 10, 0, paper_words(paper, "sheet.slip_code", NULL));
    paper_pdf_text(pdf, left, top + 89, beside, 18, PDF_BOLD, code);
    draw_qr(pdf->cairo, x + slip_width - PAD - QR + 6, top + 12, QR, slip->link);
    paper_pdf_text(pdf, left, top + 119, width, 9.5, 0, paper_words(paper, "sheet.slip_how", NULL));
    paper_pdf_text(pdf, left, top + 133, width, 9, 0, slip->link);
}

/* The lines to cut along. */
static void draw_cuts(cairo_t *cairo)
{
    const double dashes[] = { 4, 4 };

    cairo_save(cairo);
    cairo_set_line_width(cairo, .5);
    cairo_set_source_rgb(cairo, .6, .6, .6);
    cairo_set_dash(cairo, dashes, G_N_ELEMENTS(dashes), 0);
    for (int i = 1; i < ACROSS; i++) {
        cairo_move_to(cairo, i * slip_width, 0);
        cairo_line_to(cairo, i * slip_width, PDF_HEIGHT);
    }
    for (int i = 1; i < DOWN; i++) {
        cairo_move_to(cairo, 0, i * slip_height);
        cairo_line_to(cairo, PDF_WIDTH, i * slip_height);
    }
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

GString *paper_slips(struct paper *paper)
{
    struct paper_pdf pdf;

    if (paper->slips->len == 0) {
        paper_fail(paper, "everybody has joined: nobody needs a slip");
        return NULL;
    }
    paper_pdf_begin(&pdf, paper_words(paper, "sheet.slip_title", "class", paper->title, NULL));
    for (guint i = 0; i < paper->slips->len; i++) {
        if (i % SLIPS == 0)
            draw_cuts(pdf.cairo);
        guint column = i % ACROSS, row = i % SLIPS / ACROSS;
        draw_slip(paper, &pdf, column * slip_width, row * slip_height, paper->slips->pdata[i]);
        if (i % SLIPS == SLIPS - 1 || i == paper->slips->len - 1)
            cairo_show_page(pdf.cairo);
    }
    return paper_pdf_end(&pdf, paper);
}
