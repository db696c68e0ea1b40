#include "bot/school/ink.h"

#include <png.h>

#define FONT "WenQuanYi Zen Hei, Noto Sans CJK SC, Noto Serif CJK SC, Source Han Sans SC, sans-serif"

void ink_begin(struct ink *ink, cairo_surface_t *surface)
{
    ink->fonts = pango_cairo_font_map_new();
    ink->context = pango_font_map_create_context(ink->fonts);
    ink->cairo = cairo_create(surface);
}

void ink_end(struct ink *ink)
{
    cairo_destroy(ink->cairo);
    g_object_unref(ink->context);
    g_object_unref(ink->fonts);
}

/* The text laid out; the caller's. Width below 0: as wide as it is. */
static PangoLayout *lay_out(struct ink *ink, double width, double size, int how, const char *text)
{
    PangoLayout *layout = pango_layout_new(ink->context);
    PangoFontDescription *font = pango_font_description_from_string(FONT);

    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    if (how & INK_BOLD)
        pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, text, -1);
    pango_layout_set_width(layout, width < 0 ? -1 : (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, how & INK_CENTRE  ? PANGO_ALIGN_CENTER
                                       : how & INK_RIGHT ? PANGO_ALIGN_RIGHT
                                                         : PANGO_ALIGN_LEFT);
    if (how & INK_ONE_LINE) {
        pango_layout_set_single_paragraph_mode(layout, TRUE);
        pango_layout_set_height(layout, 0); /* one line */
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    }
    return layout;
}

double ink_text(struct ink *ink, double x, double y, double width, double size, int how, const char *text)
{
    PangoLayout *layout = lay_out(ink, width, size, how, text);
    int height;

    pango_layout_get_pixel_size(layout, NULL, &height);
    cairo_move_to(ink->cairo, x, y);
    pango_cairo_show_layout(ink->cairo, layout);
    g_object_unref(layout);
    return height;
}

double ink_height(struct ink *ink, double width, double size, int how, const char *text)
{
    PangoLayout *layout = lay_out(ink, width, size, how, text);
    int height;

    pango_layout_get_pixel_size(layout, NULL, &height);
    g_object_unref(layout);
    return height;
}

double ink_width(struct ink *ink, double size, int how, const char *text)
{
    PangoLayout *layout = lay_out(ink, -1, size, how & ~INK_ONE_LINE, text);
    int width;

    pango_layout_get_pixel_size(layout, &width, NULL);
    g_object_unref(layout);
    return width;
}

void ink_colour(struct ink *ink, unsigned rgb)
{
    cairo_set_source_rgb(ink->cairo, (rgb >> 16 & 255) / 255., (rgb >> 8 & 255) / 255., (rgb & 255) / 255.);
}

void ink_fill(struct ink *ink, double x, double y, double width, double height)
{
    cairo_rectangle(ink->cairo, x, y, width, height);
    cairo_fill(ink->cairo);
}

void ink_box(struct ink *ink, double x, double y, double width, double height, double radius)
{
    double r = MIN(radius, MIN(width, height) / 2);

    cairo_new_sub_path(ink->cairo);
    cairo_arc(ink->cairo, x + width - r, y + r, r, -G_PI_2, 0);
    cairo_arc(ink->cairo, x + width - r, y + height - r, r, 0, G_PI_2);
    cairo_arc(ink->cairo, x + r, y + height - r, r, G_PI_2, G_PI);
    cairo_arc(ink->cairo, x + r, y + r, r, G_PI, 3 * G_PI_2);
    cairo_close_path(ink->cairo);
    cairo_fill(ink->cairo);
}

/* The pixels as libpng takes them, three bytes each; yours. */
static guint8 *pixels_of(cairo_surface_t *picture, int width, int height)
{
    guint8 *pixels = g_malloc((gsize)width * (gsize)height * 3), *into = pixels;
    const unsigned char *from = cairo_image_surface_get_data(picture);
    int stride = cairo_image_surface_get_stride(picture);

    for (int y = 0; y < height; y++) {
        const guint32 *row = (const guint32 *)(const void *)(from + (gsize)y * (gsize)stride);

        for (int x = 0; x < width; x++) {
            *into++ = row[x] >> 16 & 255;
            *into++ = row[x] >> 8 & 255;
            *into++ = row[x] & 255;
        }
    }
    return pixels;
}

GString *ink_png(cairo_surface_t *picture)
{
    cairo_surface_flush(picture);
    if (cairo_surface_status(picture) != CAIRO_STATUS_SUCCESS)
        return NULL;
    int width = cairo_image_surface_get_width(picture), height = cairo_image_surface_get_height(picture);
    png_image image = { .version = PNG_IMAGE_VERSION,
                        .width = (png_uint_32)width,
                        .height = (png_uint_32)height,
                        .format = PNG_FORMAT_RGB,
                        .flags = PNG_IMAGE_FLAG_FAST };
    g_autofree guint8 *pixels = pixels_of(picture, width, height);
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    g_autofree char *bytes = g_malloc(size);

    if (!png_image_write_to_memory(&image, bytes, &size, 0, pixels, 0, NULL))
        return NULL;
    return g_string_new_len(bytes, (gssize)size);
}

cairo_status_t ink_take(void *into, const unsigned char *bytes, unsigned int len)
{
    g_string_append_len(into, (const char *)bytes, len);
    return CAIRO_STATUS_SUCCESS;
}
