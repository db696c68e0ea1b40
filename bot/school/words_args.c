#include "bot/school/words_private.h"

#include <string.h>

#include "bot/core/log.h"

/* --- arguments
 * ------------------------------------------------------------------------------------------------- */

/* Steps over what may stand between a word and its arguments. */
static const char *skip_separators(const char *at)
{
    static const char *const between[] = { " ", ":", ",",  "。", "、", "!",  ".",    ";",
                                           "~", "-", "第", "号", "是", "码", "口令", "#" };
    bool moved = true;

    while (moved && *at) {
        moved = false;
        for (size_t i = 0; i < G_N_ELEMENTS(between); i++) {
            size_t len = strlen(between[i]);

            if (strncmp(at, between[i], len) == 0) {
                at += len;
                moved = true;
            }
        }
    }
    return at;
}

/* Steps over brackets, quotes and blanks, which people put around codes. */
static const char *skip_brackets(const char *at)
{
    for (bool moved = true; moved && *at;) {
        static const char *const around[] = { "(", "[", "<", "\"", "'",  "【", "「", "“", "‘",
                                              ")", "]", ">", " ",  "】", "」", "”",  "’" };

        moved = false;
        for (size_t i = 0; i < G_N_ELEMENTS(around); i++) {
            if (g_str_has_prefix(at, around[i])) {
                at += strlen(around[i]);
                moved = true;
            }
        }
    }
    return at;
}

/* True when nothing but marks and particles is left: 签到！ 课表呢? */
static bool only_particles(const char *at)
{
    static const char *const particles[] = { " ",  "。", ".",  "!",    "?",  "~",  ",",  "、",
                                             "了", "吧", "呢", "啊",   "哈", "呀", "嘛", "吗",
                                             "哦", "噢", "啦", "一下", "…",  ";",  ":" };
    bool moved = true;

    while (moved && *at) {
        const char *before = at;

        at = skip_brackets(at);
        moved = at != before;
        for (size_t i = 0; i < G_N_ELEMENTS(particles); i++) {
            size_t len = strlen(particles[i]);

            if (strncmp(at, particles[i], len) == 0) {
                at += len;
                moved = true;
            }
        }
    }
    return *at == 0;
}

/* Six digits, perhaps parted by blanks, and no seventh. */
static const char *read_code(struct pool *pool, const char *at, const char **ret)
{
    char digits[7];
    int count = 0;
    const char *p = skip_brackets(at);

    while (count < 6 && (g_ascii_isdigit(*p) || (*p == ' ' && count > 0))) {
        if (*p != ' ')
            digits[count++] = *p;
        p++;
    }
    if (count < 6 || g_ascii_isdigit(*p))
        return NULL;
    digits[6] = 0;
    *ret = pool_strdup(pool, digits);
    return p;
}

const char *words_bare_code(struct pool *pool, const struct normal *text)
{
    const char *code = NULL, *end = read_code(pool, skip_separators(skip_brackets(text->text)), &code);

    return end && only_particles(end) ? code : NULL;
}

/* A join code: letters and digits, blanks and dashes between. The code itself is judged by who knows codes.
 */
static const char *read_invite(struct pool *pool, const char *at, const char **ret)
{
    const char *p = at;

    if (g_str_has_prefix(p, "j_"))
        p += 2;
    const char *start = p;

    while (g_ascii_isalnum(*p) || *p == '-' || *p == ' ')
        p++;
    if (p == start)
        return NULL;
    *ret = pool_strndup(pool, start, (size_t)(p - start));
    return p;
}

static const char *read_number(const char *at, int *ret)
{
    const char *p = at;
    int number = text_number(&p);

    if (number < 0 || number > 9999)
        return NULL;
    static const char *const units[] = { "次", "号", "题", "个" };

    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (g_str_has_prefix(p, units[i]))
            p += strlen(units[i]);
    *ret = number;
    return p;
}

/* Tries to read one kind of argument at `at`; where it ends, or NULL. */
static const char *read_argument(struct pool *pool, const char *kind, const char *at, struct args *args)
{
    if (g_str_has_prefix(kind, "CODE"))
        return read_code(pool, at, &args->code);
    if (g_str_has_prefix(kind, "REF"))
        return read_number(at, &args->ref);
    if (g_str_has_prefix(kind, "INVITE"))
        return read_invite(pool, at, &args->invite);
    if (g_str_has_prefix(kind, "REST"))
        return NULL;
    BUG("an argument of no known kind: %s", kind);
}

/* Whether what follows the word fits the command's arguments; reads them. */
bool words_arguments(struct pool *pool, const struct command *command, const struct normal *text, size_t from,
                     struct args *args)
{
    g_auto(GStrv) kinds = g_strsplit(command->args ? command->args : "", " ", 8);
    bool taken[8] = { false }, rest_wanted = false, rest_needed = false, moved = true;
    const char *at = text->text + from;

    *args = (struct args){ .rest = "" };
    while (moved) {
        const char *next = skip_separators(at);

        moved = false;
        for (size_t i = 0; kinds[i] && *next && !moved; i++) {
            const char *end = taken[i] ? NULL : read_argument(pool, kinds[i], next, args);

            if (end) {
                at = end;
                taken[i] = moved = true;
            }
        }
    }
    for (size_t i = 0; kinds[i]; i++) {
        bool optional = g_str_has_suffix(kinds[i], "?");

        if (g_str_has_prefix(kinds[i], "REST")) {
            rest_wanted = true;
            rest_needed = !optional;
        } else if (*kinds[i] && !taken[i] && !optional) {
            return false;
        }
    }
    if (!rest_wanted)
        return only_particles(at);
    const char *rest = skip_separators(at);

    args->rest = *rest ? text_original(pool, text, (size_t)(rest - text->text), text->len) : "";
    args->text = text_normal(pool, args->rest);
    return *args->rest || !rest_needed;
}
