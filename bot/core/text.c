#include "bot/core/text.h"

#include <stdint.h>
#include <string.h>

enum {
    IDEOGRAPHS = 0x4E00,
    IDEOGRAPHS_END = 0xA000,
    MARKS_MAX = 30, /* of one character that are looked at together: sorting them is quadratic */
};

/* The simplified character of each traditional one we know, 0 none. */
static uint16_t variants[IDEOGRAPHS_END - IDEOGRAPHS];

/* Sets one pair. */
bool text_set_variant(gunichar from, gunichar to)
{
    if (from < IDEOGRAPHS || from >= IDEOGRAPHS_END || to < IDEOGRAPHS || to >= IDEOGRAPHS_END)
        return false;
    variants[from - IDEOGRAPHS] = (uint16_t)to;
    return true;
}

/* Forgets all pairs. */
void text_forget_variants(void)
{
    memset(variants, 0, sizeof variants);
}

/* A normalised text that is growing. */
struct growing {
    struct pool *pool;
    char *text;
    size_t *back;
    size_t len, room;
    bool blank; /* one is owed before the next character */
    size_t blank_at;
};

/* Makes room for `more` bytes and the end; only characters that grow in NFKC ever need it. */
static void make_room(struct growing *g, size_t more)
{
    if (G_LIKELY(g->len + more < g->room))
        return;
    size_t room = g->room * 2 + more;
    char *text = pool_bytes(g->pool, room);
    size_t *back = pool_bytes(g->pool, room * sizeof *back);
    memcpy(text, g->text, g->len);
    memcpy(back, g->back, g->len * sizeof *back);
    g->text = text;
    g->back = back;
    g->room = room;
}

/* Owes a blank, unless at the beginning or one is owed already. */
static inline void owe_blank(struct growing *g, size_t at)
{
    if (!g->blank && g->len > 0) {
        g->blank = true;
        g->blank_at = at;
    }
}

/* Adds one byte that came from byte `at`. */
static inline void add_byte(struct growing *g, char c, size_t at)
{
    g->text[g->len] = c;
    g->back[g->len++] = at;
}

/* Adds the blank that is owed. */
static inline void pay_blank(struct growing *g)
{
    if (g->blank) {
        g->blank = false;
        add_byte(g, ' ', g->blank_at);
    }
}

/* Adds an ASCII character, lower case. */
static inline void add_ascii(struct growing *g, unsigned char c, size_t at)
{
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
        owe_blank(g, at);
    } else if (c > ' ' && c < 0x7F) {
        make_room(g, 2);
        pay_blank(g);
        add_byte(g, (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c), at);
    }
}

/* Adds a character that is in NFKC already. */
static void add_char(struct growing *g, gunichar c, size_t at)
{
    if (c < 0x80) {
        add_ascii(g, (unsigned char)c, at);
        return;
    }
    if (c >= IDEOGRAPHS && c < IDEOGRAPHS_END) {
        if (variants[c - IDEOGRAPHS])
            c = variants[c - IDEOGRAPHS];
    } else {
        GUnicodeType type = g_unichar_type(c);
        if (type == G_UNICODE_FORMAT || type == G_UNICODE_CONTROL || (c >= 0xFE00 && c <= 0xFE0F) ||
            c == 0x20E3)
            return;
        if (g_unichar_isspace(c)) {
            owe_blank(g, at);
            return;
        }
        c = g_unichar_tolower(c);
    }
    char bytes[6];
    int n = g_unichar_to_utf8(c, bytes);
    make_room(g, (size_t)n + 1);
    pay_blank(g);
    for (int i = 0; i < n; i++)
        add_byte(g, bytes[i], at);
}

/* Whether the character at `s` changes together with the one before it (marks, Hangul vowels and finals). */
static inline bool joins(const char *s)
{
    unsigned char c = (unsigned char)*s;
    if (c < 0xCC || (c >= 0xE4 && c <= 0xE9))
        return false;
    gunichar u = g_utf8_get_char(s);
    return g_unichar_ismark(u) || (u >= 0x1160 && u <= 0x11FF) || u == 0xFF9E || u == 0xFF9F;
}

/* Adds the character at `s` with the marks behind it through NFKC; gives the byte behind them. */
static const char *add_slowly(struct growing *g, const char *s, size_t at)
{
    const char *end = g_utf8_next_char(s);
    for (int marks = 0; marks < MARKS_MAX && joins(end); marks++)
        end = g_utf8_next_char(end);
    g_autofree char *nfkc = g_utf8_normalize(s, end - s, G_NORMALIZE_ALL_COMPOSE);
    for (const char *c = nfkc; c && *c; c = g_utf8_next_char(c))
        add_char(g, g_utf8_get_char(c), at);
    return end;
}

/* What NFKC makes of the common characters, without asking; 0 = ask. Emoji, ideographs and Chinese marks
 * stay. */
static inline gunichar quick(gunichar u)
{
    if (u >= IDEOGRAPHS && u < IDEOGRAPHS_END)
        return u;
    if (u >= 0xFF01 && u <= 0xFF5E)
        return u - 0xFEE0;
    if ((u >= 0x3001 && u <= 0x301B) || (u >= 0x1F300 && u <= 0x1FAFF) ||
        (u >= 0x2018 && u <= 0x201D && u != 0x201A && u != 0x201B))
        return u;
    return u == 0x3000 ? ' ' : 0;
}

/* Normalises: most texts go by byte, or character by character without a look into the tables of Unicode. */
struct normal text_normal(struct pool *pool, const char *source)
{
    size_t len = strlen(source);
    struct growing g = { .pool = pool, .room = len + 2 };
    g.text = pool_bytes(pool, g.room);
    g.back = pool_bytes(pool, g.room * sizeof *g.back);
    size_t end = 0; /* of the last character that is no blank */
    for (const char *s = source; *s;) {
        size_t at = (size_t)(s - source), before = g.len;
        const char *next = g_utf8_next_char(s);
        if (G_UNLIKELY(joins(next))) {
            next = add_slowly(&g, s, at);
        } else if ((unsigned char)*s < 0x80) {
            add_ascii(&g, (unsigned char)*s, at);
        } else {
            gunichar c = quick(g_utf8_get_char(s));
            if (c)
                add_char(&g, c, at);
            else
                next = add_slowly(&g, s, at);
        }
        s = next;
        if (g.len != before)
            end = (size_t)(s - source);
    }
    g.text[g.len] = '\0';
    g.back[g.len] = end;
    return (struct normal){ .text = g.text, .len = g.len, .source = source, .back = g.back };
}

struct normal text_squeezed(struct pool *pool, const struct normal *normal)
{
    struct normal less = *normal;
    less.text = pool_bytes(pool, normal->len + 1);
    less.back = pool_bytes(pool, (normal->len + 1) * sizeof *less.back);
    less.len = 0;
    for (size_t i = 0; i < normal->len; i++) {
        const char *s = normal->text + i;
        if (*s == ' ' && i > 0 && (s[-1] & 0x80) && (s[1] & 0x80))
            continue;
        less.text[less.len] = *s;
        less.back[less.len++] = normal->back[i];
    }
    less.text[less.len] = '\0';
    less.back[less.len] = normal->back[normal->len];
    return less;
}

/* Bytes of the blank or separator at `s`, 0 for anything else. */
static size_t separator(const char *s, const char *end)
{
    static const char *const wide[] = { "，", "、", "：", "；", "\u3000", "\u00A0" };
    if (s < end && strchr(" \t\r\n,:;", *s))
        return 1;
    for (size_t i = 0; i < G_N_ELEMENTS(wide); i++) {
        size_t n = strlen(wide[i]);
        if ((size_t)(end - s) >= n && memcmp(s, wide[i], n) == 0)
            return n;
    }
    return 0;
}

/* The part of the source that belongs to [from, to). */
const char *text_original(struct pool *pool, const struct normal *normal, size_t from, size_t to)
{
    if (to > normal->len)
        to = normal->len;
    if (from >= to)
        return "";
    const char *s = normal->source + normal->back[from], *end = normal->source + normal->back[to];
    for (size_t n; s < end; s += n) {
        n = separator(s, end);
        if (n == 0 && end - s >= 3 && memcmp(s, "。", 3) == 0)
            n = 3;
        if (n == 0)
            break;
    }
    while (end > s) {
        const char *last = g_utf8_find_prev_char(s, end);
        if (!last || separator(last, end) == 0)
            break;
        end = last;
    }
    return pool_strndup(pool, s, (size_t)(end - s));
}

/* Copies what may stay. */
char *text_clean(struct pool *pool, const char *text, size_t len, size_t max)
{
    char *copy = pool_bytes(pool, MIN(len, max) + 1);
    size_t n = 0;
    for (size_t i = 0; i < len && n < max;) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x80) {
            if ((c >= ' ' && c != 0x7F) || c == '\n' || c == '\t')
                copy[n++] = (char)c;
            i++;
            continue;
        }
        gunichar u = g_utf8_get_char_validated(text + i, (gssize)(len - i));
        if (u == (gunichar)-1 || u == (gunichar)-2) {
            copy[n++] = '?';
            i++;
            continue;
        }
        size_t bytes = (size_t)g_utf8_skip[c];
        if (n + bytes > max)
            break;
        if (u >= 0xA0) {
            memcpy(copy + n, text + i, bytes);
            n += bytes;
        }
        i += bytes;
    }
    copy[n] = '\0';
    return copy;
}

/* Bytes, as WeCom counts. */
size_t text_bytes(const char *text, size_t len)
{
    (void)text;
    return len;
}

/* UTF-16 units, as Telegram counts. */
size_t text_utf16(const char *text, size_t len)
{
    size_t units = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        units += (size_t)((c & 0xC0) != 0x80) + (size_t)(c >= 0xF0);
    }
    return units;
}

/* Characters of a valid text. */
size_t text_chars(const char *text)
{
    return (size_t)g_utf8_strlen(text, -1);
}

/* The form first, then whether there is such a day. */
bool text_day(const char *text, int *ret_year, int *ret_month, int *ret_day)
{
    static const char digits[] = "0123456789";

    if (!text || strspn(text, digits) != 4 || text[4] != '-' || strspn(text + 5, digits) != 2 ||
        text[7] != '-' || strspn(text + 8, digits) != 2 || text[10])
        return false;
    int year = (int)g_ascii_strtoll(text, NULL, 10), month = (int)g_ascii_strtoll(text + 5, NULL, 10),
        day = (int)g_ascii_strtoll(text + 8, NULL, 10);

    if (year < 1 || !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return false;
    *ret_year = year;
    *ret_month = month;
    *ret_day = day;
    return true;
}

/* Whether there is a letter, an ideograph or a digit. */
bool text_says_something(const char *text)
{
    for (; *text; text = g_utf8_next_char(text)) {
        if (g_unichar_isalnum(g_utf8_get_char(text)))
            return true;
    }
    return false;
}

/* The value of a Chinese digit or unit: 0–9, 10, 100, 1000, or -1. */
static int chinese_value(gunichar c)
{
    static const char digits[] = "零一二三四五六七八九";
    switch (c) {
    case 0x3007: /* 〇 */
        return 0;
    case 0x4E24: /* 两 */
    case 0x5169: /* 兩 */
        return 2;
    case 0x5341: /* 十 */
        return 10;
    case 0x767E: /* 百 */
        return 100;
    case 0x5343: /* 千 */
        return 1000;
    }
    int value = 0;
    for (const char *d = digits; *d; d = g_utf8_next_char(d), value++) {
        if (g_utf8_get_char(d) == c)
            return value;
    }
    return -1;
}

/* A Chinese number: 十二, 二十三, 一百零五, and digit by digit 二〇二六. */
static int chinese_number(const char **at)
{
    int64_t sum = 0, digit = -1;
    int digits = 0, value;
    const char *s = *at;
    for (; (value = chinese_value(g_utf8_get_char(s))) >= 0 && digits < 9; s = g_utf8_next_char(s)) {
        if (value >= 10) {
            sum += (digit < 0 ? 1 : digit) * value;
            digit = -1;
            if (sum > 99999)
                return -1;
        } else {
            digit = digit > 0 ? digit * 10 + value : value;
        }
        digits++;
    }
    if (s == *at || (digits >= 9 && chinese_value(g_utf8_get_char(s)) >= 0))
        return -1;
    *at = s;
    return (int)(sum + (digit < 0 ? 0 : digit));
}

/* Digits (at most nine that count), or Chinese. */
int text_number(const char **at)
{
    const char *s = *at;
    while (*s == '0')
        s++;
    int value = 0, places = 0;
    for (; *s >= '0' && *s <= '9'; s++) {
        if (++places > 9)
            return -1;
        value = value * 10 + (*s - '0');
    }
    if (s == *at)
        return chinese_number(at);
    *at = s;
    return value;
}

/* Looks at every byte of `given`, whatever was found before. */
bool text_same_secret(const char *given, const char *secret)
{
    if (!given || !secret || !*secret)
        return false;
    size_t len = strlen(given), right = strlen(secret);
    unsigned char differs = len != right;
    for (size_t i = 0; i < len; i++)
        differs |= (unsigned char)(given[i] ^ secret[i % right]);
    return differs == 0;
}

/* Converts the whole of `data`, or gives NULL. */
static char *convert(const char *data, size_t len, const char *charset)
{
    gsize written = 0;
    g_autofree char *text = g_convert(data, (gssize)len, "UTF-8", charset, NULL, &written, NULL);
    if (!text || !g_utf8_validate_len(text, written, NULL))
        return NULL;
    return g_str_has_prefix(text, "\uFEFF") ? g_strdup(text + 3) : g_steal_pointer(&text);
}

/* Marks first, then NULs (UTF-16 without a mark), then what is valid. */
char *text_to_utf8(const char *data, size_t len)
{
    if (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
        data += 3;
        len -= 3;
    } else if (len >= 2 && memcmp(data, "\xFF\xFE", 2) == 0) {
        return convert(data + 2, len - 2, "UTF-16LE");
    } else if (len >= 2 && memcmp(data, "\xFE\xFF", 2) == 0) {
        return convert(data + 2, len - 2, "UTF-16BE");
    }
    if (len == 0)
        return g_strdup("");
    const char *nul = memchr(data, 0, len);
    if (nul)
        return len % 2 ? NULL : convert(data, len, (nul - data) % 2 ? "UTF-16LE" : "UTF-16BE");
    if (g_utf8_validate_len(data, len, NULL))
        return g_strndup(data, len);
    return convert(data, len, "GB18030");
}
