/* A picture for chat: a stacked bar for each question, from the best option to the worst, as a phone shows
 * it. Filled on the loop with sentences that are ready, drawn on a worker. */
#ifndef BOT_SCHOOL_CHART_H
#define BOT_SCHOOL_CHART_H

#include <glib.h>
#include <stdint.h>

struct chart;

struct chart *chart_new(const char *title);
void chart_free(struct chart *);

/* A line under the title. */
void chart_note(struct chart *, const char *text);

/* The next option, best first: its colour stands for it in every bar. */
void chart_option(struct chart *, const char *label);

/* The next bar, with what stands beside it; then how many chose each option, in their order. */
void chart_bar(struct chart *, const char *label, const char *aside);
void chart_part(struct chart *, int64_t n);

/* The picture as PNG; yours. NULL when Cairo could not draw it. */
GString *chart_png(const struct chart *);

#endif
