/* Pages with Chinese text, drawn by Cairo and Pango: what the papers that are printed share. */
#ifndef BOT_SCHOOL_PAPER_PDF_H
#define BOT_SCHOOL_PAPER_PDF_H

#include <cairo.h>
#include <pango/pangocairo.h>

#include "bot/school/ink.h"
#include "bot/school/paper_private.h"

enum { PDF_WIDTH = 595, PDF_HEIGHT = 842 }; /* A4 in points */
enum { PDF_CENTRE = INK_CENTRE, PDF_BOLD = INK_BOLD };

struct paper_pdf {
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoFontMap *fonts;
    PangoContext *context;
    GString *bytes;
};

/* Begins an A4 document with that title. */
void paper_pdf_begin(struct paper_pdf *, const char *title);

/* Ends it; its bytes, yours. What went wrong is the paper's error. */
GString *paper_pdf_end(struct paper_pdf *, struct paper *);

/* Writes text within `width` from (x, y), at most one line; gives its height. */
double paper_pdf_text(struct paper_pdf *, double x, double y, double width, double size, int how,
                      const char *text);

#endif
