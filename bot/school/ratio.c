#include "bot/school/ratio.h"

#include "bot/core/log.h"

enum { DECIMALS_MAX = 6, WHOLE_DIGITS = 12, PART_DIGITS = 4 };
static const int64_t billion = 1000000000;

__extension__ typedef __int128 wide;

static wide gcd(wide a, wide b)
{
    while (b) {
        wide rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* num / den rounded down, also below 0. */
static wide floor_div(wide num, wide den)
{
    return num >= 0 ? num / den : -((-num + den - 1) / den);
}

/* The nearest of what fits. */
static struct ratio reduce(wide num, wide den)
{
    if (den < 0) {
        num = -num;
        den = -den;
    }
    wide common = gcd(num < 0 ? -num : num, den);

    if (common > 1) {
        num /= common;
        den /= common;
    }
    if (den > INT64_MAX / 2 || num > INT64_MAX / 2 || num < -(INT64_MAX / 2)) {
        while (den > 0 && (den > ((wide)1 << 90) || num > ((wide)1 << 90) || num < -((wide)1 << 90))) {
            num /= 2;
            den /= 2;
        }
        if (den == 0) /* it was small beside the number, which is beyond everything */
            return (struct ratio){ num < 0 ? -billion * billion : billion * billion, 1 };
        wide scaled = floor_div(num * billion * 2 + den, den * 2);

        if (scaled > INT64_MAX / 2 || scaled < -(INT64_MAX / 2))
            return (struct ratio){ (int64_t)CLAMP(floor_div(num, den), -billion * billion, billion * billion),
                                   1 };
        return reduce(scaled, billion);
    }
    return (struct ratio){ (int64_t)num, (int64_t)den };
}

struct ratio ratio_of(int64_t num, int64_t den)
{
    if (den == 0)
        BUG("a fraction over nothing: %" G_GINT64_FORMAT "/0", num);
    return reduce(num, den);
}

struct ratio ratio_add(struct ratio a, struct ratio b)
{
    return reduce((wide)a.num * b.den + (wide)b.num * a.den, (wide)a.den * b.den);
}

struct ratio ratio_sub(struct ratio a, struct ratio b)
{
    return reduce((wide)a.num * b.den - (wide)b.num * a.den, (wide)a.den * b.den);
}

struct ratio ratio_mul(struct ratio a, struct ratio b)
{
    return reduce((wide)a.num * b.num, (wide)a.den * b.den);
}

struct ratio ratio_div(struct ratio a, struct ratio b)
{
    if (b.num == 0)
        BUG("%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT " divided by nothing", a.num, a.den);
    return reduce((wide)a.num * b.den, (wide)a.den * b.num);
}

int ratio_cmp(struct ratio a, struct ratio b)
{
    wide left = (wide)a.num * b.den, right = (wide)b.num * a.den;

    return (left > right) - (left < right);
}

struct ratio ratio_clamp(struct ratio value, struct ratio least, struct ratio most)
{
    if (ratio_cmp(value, least) < 0)
        return least;
    return ratio_cmp(value, most) > 0 ? most : value;
}

static int64_t ten_to(int decimals)
{
    int64_t scale = 1;

    for (int i = 0; i < MIN(decimals, DECIMALS_MAX); i++)
        scale *= 10;
    return scale;
}

struct ratio ratio_rounded(struct ratio value, int decimals)
{
    int64_t scale = ten_to(decimals);
    wide scaled = floor_div((wide)value.num * scale * 2 + value.den, (wide)value.den * 2);

    return reduce(scaled, scale);
}

const char *ratio_text(struct pool *pool, struct ratio value, int decimals)
{
    int64_t scale = ten_to(decimals);
    struct ratio shown = ratio_mul(ratio_rounded(value, decimals), ratio_of(scale, 1));
    int64_t whole = ABS(shown.num) / scale, part = ABS(shown.num) % scale;
    const char *sign = shown.num < 0 ? "-" : "";
    int digits = MIN(decimals, DECIMALS_MAX);

    if (part == 0)
        return pool_printf(pool, "%s%" G_GINT64_FORMAT, sign, whole);
    for (; part % 10 == 0; digits--)
        part /= 10;
    return pool_printf(pool, "%s%" G_GINT64_FORMAT ".%0*" G_GINT64_FORMAT, sign, whole, digits, part);
}

bool ratio_read(const char **at, struct ratio *ret)
{
    const char *p = *at;
    int64_t num = 0, den = 1;
    int digits = 0;

    for (; g_ascii_isdigit(*p); p++) {
        if (++digits > WHOLE_DIGITS)
            return false;
        num = num * 10 + (*p - '0');
    }
    if (digits == 0)
        return false;
    if (*p == '.' && g_ascii_isdigit(p[1])) {
        digits = 0;
        for (p++; g_ascii_isdigit(*p); p++) {
            if (++digits > PART_DIGITS)
                return false;
            num = num * 10 + (*p - '0');
            den *= 10;
        }
    }
    *ret = ratio_of(num, den);
    *at = p;
    return true;
}
