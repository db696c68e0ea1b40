/* Exact numbers for marks: fractions of whole numbers, always reduced, the lower part above 0. Sums of marks
 * never come near 2^63; where people's own figures would (sales over targets), a fraction is brought to
 * billionths, which one decimal does not show. */
#ifndef BOT_SCHOOL_RATIO_H
#define BOT_SCHOOL_RATIO_H

#include <stdbool.h>
#include <stdint.h>

#include "bot/core/pool.h"

struct ratio {
    int64_t num, den;
};

/* num/den; den must not be 0. */
struct ratio ratio_of(int64_t num, int64_t den);
struct ratio ratio_add(struct ratio, struct ratio);
struct ratio ratio_sub(struct ratio, struct ratio);
struct ratio ratio_mul(struct ratio, struct ratio);
struct ratio ratio_div(struct ratio, struct ratio); /* the second must not be 0 */
int ratio_cmp(struct ratio, struct ratio);          /* < 0, 0, > 0 */
struct ratio ratio_clamp(struct ratio, struct ratio least, struct ratio most);

/* Rounded half up to that many decimals (0 … 6). */
struct ratio ratio_rounded(struct ratio, int decimals);

/* The same as text without zeros at the end: "13", "12.5". In the pool. */
const char *ratio_text(struct pool *, struct ratio, int decimals);

/* Reads "12", "12.5", at most 12 digits before and 4 behind the point; moves *at behind it. False and unmoved
 * when there is none. */
bool ratio_read(const char **at, struct ratio *ret);

#endif
