#include "bot/school/paper_pdf.h"

#include <cairo-pdf.h>

void paper_pdf_begin(struct paper_pdf *pdf, const char *title)
{
    pdf->bytes = g_string_new(NULL);
    pdf->surface = cairo_pdf_surface_create_for_stream(ink_take, pdf->bytes, PDF_WIDTH, PDF_HEIGHT);
    pdf->fonts = pango_cairo_font_map_new();
    pdf->context = pango_font_map_create_context(pdf->fonts);
    pdf->cairo = cairo_create(pdf->surface);
    cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_TITLE, title);
}

GString *paper_pdf_end(struct paper_pdf *pdf, struct paper *paper)
{
    g_object_unref(pdf->context);
    g_object_unref(pdf->fonts);
    cairo_destroy(pdf->cairo);
    cairo_surface_finish(pdf->surface);
    if (cairo_surface_status(pdf->surface) != CAIRO_STATUS_SUCCESS)
        paper_fail(paper, cairo_status_to_string(cairo_surface_status(pdf->surface)));
    cairo_surface_destroy(pdf->surface);
    return pdf->bytes;
}

double paper_pdf_text(struct paper_pdf *pdf, double x, double y, double width, double size, int how,
                      const char *text)
{
    struct ink ink = { .cairo = pdf->cairo, .context = pdf->context, .fonts = pdf->fonts };

    return ink_text(&ink, x, y, width, size, how | INK_ONE_LINE, text);
}

#ifdef __SANITIZE_ADDRESS__
/* Fontconfig keeps what it found out about the machine's fonts, and the leak checker cannot see where. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
#endif
