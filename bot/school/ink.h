/* Text on a Cairo surface, on a worker thread: one place for the fonts and for how lines are broken. */
#ifndef BOT_SCHOOL_INK_H
#define BOT_SCHOOL_INK_H

#include <glib.h>
#include <pango/pangocairo.h>

enum ink_how { INK_CENTRE = 1, INK_BOLD = 2, INK_ONE_LINE = 4, INK_RIGHT = 8 };

struct ink {
    cairo_t *cairo;
    PangoContext *context;
    PangoFontMap *fonts;
};

/* Begins on a surface, which stays the caller's; ink_end gives back all but that. */
void ink_begin(struct ink *, cairo_surface_t *);
void ink_end(struct ink *);

/* Writes text from (x, y) within `width`, in as many lines as it needs or (INK_ONE_LINE) cut off; gives its
 * height. `how` is of enum ink_how. */
double ink_text(struct ink *, double x, double y, double width, double size, int how, const char *text);

/* How high and wide it would be. */
double ink_height(struct ink *, double width, double size, int how, const char *text);
double ink_width(struct ink *, double size, int how, const char *text);

/* Sets the colour from 0xRRGGBB; fills a rectangle with it. */
void ink_colour(struct ink *, unsigned rgb);
void ink_fill(struct ink *, double x, double y, double width, double height);

/* The same with round corners. */
void ink_box(struct ink *, double x, double y, double width, double height, double radius);

/* The picture as PNG, quickly rather than as small as can be: a digest waits for it. Yours; NULL when it
 * could not be made. The surface is an image of CAIRO_FORMAT_RGB24. */
GString *ink_png(cairo_surface_t *);

/* For Cairo's stream functions: appends to the GString that `into` is. */
cairo_status_t ink_take(void *into, const unsigned char *bytes, unsigned int len);

#endif
