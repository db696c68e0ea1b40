/* Reading marks as people type them: names, items and numbers in any sensible order. */
#include <string.h>

#include "bot/core/locale.h"
#include "bot/core/text.h"
#include "handlers/marks/marks_private.h"

enum { TOKENS_MAX = 400 };
enum token_kind {
    TOKEN_NAME,
    TOKEN_ITEM,
    TOKEN_INDICATOR,
    TOKEN_NUMBER,
    TOKEN_ALL,
    TOKEN_WEEK,
    TOKEN_UNKNOWN
};

struct token {
    enum token_kind kind;
    const struct member *members;
    size_t count;
    const struct scheme_item *item;
    const struct scheme_indicator *indicator;
    struct ratio value;
    bool target, negative; /* of a number: behind a slash or 目标; below 0 */
    bool verdict;          /* of a number: 通过 or 未通过 */
    const char *raw;
};

struct parsing {
    struct talk *talk;
    const struct scheme *scheme;
    struct member *members;
    const char **names, **numbers; /* normalised, of each member */
    size_t member_count;
    struct token *tokens;
    size_t count;
};

/* --- tokens
 * ------------------------------------------------------------------------------------------------------- */

struct word_hunt {
    struct pool *pool;
    const char *text;
    size_t longest;
};

static void hunt_word(void *data, const char *lang, const char *word)
{
    struct word_hunt *hunt = data;
    struct normal normal = text_normal(hunt->pool, word);

    (void)lang;
    if (normal.len > hunt->longest && g_str_has_prefix(hunt->text, normal.text))
        hunt->longest = normal.len;
}

/* The length of the longest word of a locale list that the text begins with; 0 none. */
static size_t begins_with(struct parsing *p, const char *key, const char *text)
{
    struct word_hunt hunt = { p->talk->pool, text, 0 };

    locale_words(key, hunt_word, &hunt);
    return hunt.longest;
}

/* The length of a title (or its id) that the text begins with. */
static size_t title_length(struct parsing *p, GHashTable *title, const char *id, const char *text)
{
    size_t longest = g_str_has_prefix(text, id) && !g_ascii_isalnum(text[strlen(id)]) ? strlen(id) : 0;

    for (const char *const *lang = scheme_languages; *lang; lang++) {
        struct normal normal = text_normal(p->talk->pool, scheme_say(title, *lang));

        if (normal.len > longest && g_str_has_prefix(text, normal.text))
            longest = normal.len;
    }
    return longest;
}

/* A marked item or an indicator. */
static size_t read_item(struct parsing *p, const char *text, struct token *ret)
{
    size_t longest = 0;

    for (guint i = 0; i < p->scheme->items->len; i++) {
        const struct scheme_item *item = p->scheme->items->pdata[i];
        size_t len = item->by ? title_length(p, item->title, item->id, text) : 0;

        if (len > longest) {
            longest = len;
            *ret = (struct token){ .kind = TOKEN_ITEM, .item = item };
        }
    }
    for (guint i = 0; i < p->scheme->indicators->len; i++) {
        const struct scheme_indicator *indicator = p->scheme->indicators->pdata[i];
        size_t len = title_length(p, indicator->title, indicator->id, text);

        if (len > longest) {
            longest = len;
            *ret = (struct token){ .kind = TOKEN_INDICATOR, .indicator = indicator };
        }
    }
    return longest;
}

/* A name, or a number of the class that cannot be a mark: with letters, or four digits and more. */
static size_t read_name(struct parsing *p, const char *text, struct token *ret)
{
    size_t longest = 0, found = 0;
    struct member *list = pool_alloc(p->talk->pool, (p->member_count + 1) * sizeof *list);

    for (size_t i = 0; i < p->member_count; i++) {
        const char *number = p->numbers[i];
        size_t len = g_str_has_prefix(text, p->names[i]) ? strlen(p->names[i]) : 0, digits = strlen(number);

        if (len == 0 && digits && (digits >= 4 || strspn(number, "0123456789") < digits) &&
            g_str_has_prefix(text, number) && !g_ascii_isalnum(text[digits]))
            len = digits;
        if (len == 0 || len < longest)
            continue;
        if (len > longest)
            found = 0;
        longest = len;
        list[found++] = p->members[i];
    }
    *ret = (struct token){ .kind = TOKEN_NAME, .members = list, .count = found };
    return longest;
}

/* A mark: digits, Chinese numerals, 通过 and 未通过. */
static size_t read_value(struct parsing *p, const char *text, struct token *ret)
{
    const char *at = text;
    size_t len;

    *ret = (struct token){ .kind = TOKEN_NUMBER, .value = { 0, 1 } };
    if ((len = begins_with(p, "mark.fail_words", at)) > 0 ||
        (len = begins_with(p, "mark.pass_words", at)) > 0) {
        ret->verdict = true;
        ret->value = ratio_of(begins_with(p, "mark.fail_words", at) == 0, 1);
        return len;
    }
    if ((len = begins_with(p, "mark.target_words", at)) > 0) {
        ret->target = true;
        at += len;
    } else if (*at == '/') {
        ret->target = true;
        at++;
    }
    at += strspn(at, " :=");
    if (*at == '-') {
        ret->negative = true;
        at++;
    }
    if (!ratio_read(&at, &ret->value)) {
        int number = text_number(&at);

        if (number < 0)
            return 0;
        ret->value = ratio_of(number, 1);
    }
    if (g_str_has_prefix(at, "万")) {
        ret->value = ratio_mul(ret->value, ratio_of(10000, 1));
        at += strlen("万");
    }
    at += begins_with(p, "mark.point_words", at);
    ret->raw = pool_strndup(p->talk->pool, text, (size_t)(at - text));
    return (size_t)(at - text);
}

/* 第2周, week 2. */
static size_t read_week(const char *text, struct token *ret)
{
    const char *at = text;
    bool english = g_str_has_prefix(at, "week");
    int number;

    if (english || g_str_has_prefix(at, "第")) /* 第 may have been read as a separator */
        at += english ? strlen("week") : strlen("第");
    at += strspn(at, " ");
    number = text_number(&at);
    if (number < 1 || number > 200 || (!english && !g_str_has_prefix(at, "周")))
        return 0;
    *ret = (struct token){ .kind = TOKEN_WEEK, .value = { number, 1 } };
    return (size_t)(at - text) + (english ? 0 : strlen("周"));
}

/* What stands at `text`; its length, 0 when it is nothing known. */
static size_t read_token(struct parsing *p, const char *text, struct token *ret)
{
    struct token item;
    size_t name = read_name(p, text, ret), by_item = read_item(p, text, &item), len;

    if (by_item > name) {
        *ret = item;
        return by_item;
    }
    if (name)
        return name;
    if ((len = begins_with(p, "mark.all_words", text)) > 0) {
        *ret = (struct token){ .kind = TOKEN_ALL };
        return len;
    }
    if ((len = read_week(text, ret)) > 0)
        return len;
    return read_value(p, text, ret);
}

static size_t separators(const char *at)
{
    static const char *const marks[] = {
        " ", ",", ":", ";", "、", "。", "=", "\n", "|", ".", "的", "和", "给"
    };

    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
        if (g_str_has_prefix(at, marks[i]))
            return strlen(marks[i]);
    return 0;
}

/* A run of text that means nothing: up to a separator, a digit, or something known. */
static size_t unknown_length(struct parsing *p, const char *text)
{
    const char *at = g_utf8_next_char(text);
    struct token any;

    while (*at && !separators(at) && !g_ascii_isdigit(*at) && *at != '-' && *at != '/' &&
           !read_item(p, at, &any) && !read_name(p, at, &any))
        at = g_utf8_next_char(at);
    return (size_t)(at - text);
}

static void tokenise(struct parsing *p, const char *text)
{
    while (*text && p->count < TOKENS_MAX) {
        size_t len = separators(text);
        struct token *token = &p->tokens[p->count];

        if (len == 0 && (len = read_token(p, text, token)) > 0) {
            p->count++;
        } else if (len == 0) {
            len = unknown_length(p, text);
            *token = (struct token){ .kind = TOKEN_UNKNOWN, .raw = pool_strndup(p->talk->pool, text, len) };
            p->count++;
        }
        text += len;
    }
}

/* --- what they mean together
 * ---------------------------------------------------------------------------------- */

/* A first number before another one, when nobody is named: it is somebody's number in the class. */
static void take_number_for_name(struct parsing *p)
{
    size_t first = p->count, numbers = 0;

    for (size_t i = 0; i < p->count; i++) {
        if (p->tokens[i].kind == TOKEN_NAME || p->tokens[i].kind == TOKEN_ALL || p->tokens[i].target)
            return;
        if (p->tokens[i].kind == TOKEN_NUMBER && numbers++ == 0)
            first = i;
    }
    if (numbers < 2)
        return;
    for (size_t i = 0; i < p->member_count; i++)
        if (p->tokens[first].raw && strcmp(p->numbers[i], p->tokens[first].raw) == 0)
            p->tokens[first] = (struct token){ .kind = TOKEN_NAME, .members = &p->members[i], .count = 1 };
}

static void read_members(struct parsing *p, const struct class *class)
{
    p->members = members_of(p->talk, class->id, ROLE_TRAINEE, &p->member_count);
    p->names = pool_alloc(p->talk->pool, (p->member_count + 1) * sizeof *p->names);
    p->numbers = pool_alloc(p->talk->pool, (p->member_count + 1) * sizeof *p->numbers);
    for (size_t i = 0; i < p->member_count; i++) {
        p->names[i] = text_normal(p->talk->pool, p->members[i].name).text;
        p->numbers[i] = p->members[i].number ? text_normal(p->talk->pool, p->members[i].number).text : "";
    }
}

/* Who and what the next number is for. */
struct aim {
    const struct token *who[LIST_MAX];
    size_t who_count;
    bool used; /* a number has come: the next name begins anew */
    const struct scheme_item *item;
    const struct scheme_indicator *indicator;
    const struct token *pending; /* a number that came before its item */
};

static void give(struct parsed *ret, const struct aim *aim, const struct token *number)
{
    for (size_t i = 0; i < aim->who_count; i++) {
        const struct token *who = aim->who[i];

        ret->list[ret->count++] = (struct wanted){ .item = aim->item,
                                                   .indicator = aim->indicator,
                                                   .all = who->kind == TOKEN_ALL,
                                                   .members = who->members,
                                                   .count = who->count,
                                                   .negative = number->negative,
                                                   .value = number->value };
    }
}

/* A number: a target of the one before, a mark for whoever is aimed at, or kept until the item is named. */
static void take_number(struct parsed *ret, struct aim *aim, const struct token *number)
{
    if (number->target && aim->used) {
        for (size_t i = ret->count - MIN(aim->who_count, ret->count); i < ret->count; i++)
            ret->list[i].target = number->value;
    } else if (aim->who_count == 0 || (!aim->item && !aim->indicator)) {
        aim->pending = number;
    } else {
        give(ret, aim, number);
        aim->used = true;
    }
}

static void take_token(struct parsed *ret, struct aim *aim, const struct token *token)
{
    switch (token->kind) {
    case TOKEN_NAME:
    case TOKEN_ALL:
        if (aim->used)
            aim->who_count = 0;
        aim->used = false;
        if (aim->who_count < LIST_MAX)
            aim->who[aim->who_count++] = token;
        break;
    case TOKEN_ITEM:
    case TOKEN_INDICATOR:
        aim->item = token->item;
        aim->indicator = token->indicator;
        break;
    case TOKEN_NUMBER:
        take_number(ret, aim, token);
        return;
    case TOKEN_WEEK:
        ret->week = (int)token->value.num;
        return;
    case TOKEN_UNKNOWN:
        if (!ret->unknown)
            ret->unknown = token->raw;
        return;
    }
    if (aim->pending && aim->who_count && (aim->item || aim->indicator)) {
        give(ret, aim, aim->pending);
        aim->pending = NULL;
        aim->used = true;
    }
}

struct parsed parse_marks(struct talk *talk, const struct class *class, const struct scheme *scheme,
                          const char *text, const struct scheme_item *default_item)
{
    struct parsing p = { .talk = talk, .scheme = scheme };
    struct parsed ret = { 0 };
    struct aim aim = { .item = default_item };
    struct normal normal = text_normal(talk->pool, text);

    p.tokens = pool_alloc(talk->pool, (TOKENS_MAX + 1) * sizeof *p.tokens);
    read_members(&p, class);
    tokenise(&p, normal.text);
    take_number_for_name(&p);
    ret.list = pool_alloc(talk->pool, (TOKENS_MAX + LIST_MAX) * sizeof *ret.list);
    for (size_t i = 0; i < p.count && ret.count < TOKENS_MAX; i++)
        take_token(&ret, &aim, &p.tokens[i]);
    ret.number_left = aim.pending != NULL;
    ret.item = aim.item == default_item ? NULL : aim.item;
    if (aim.who_count && !aim.used && aim.who[0]->count)
        ret.who = &aim.who[0]->members[0];
    return ret;
}
