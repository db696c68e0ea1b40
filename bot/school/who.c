#include "bot/school/who.h"

#include <string.h>

#include "bot/school/dialog.h"

enum { CHOICES = 10 };

/* Bytes of `text` that are this word, followed by something else; 0 when they are not. A number must stand
 * alone: that of 8:55 is nobody's. */
static size_t begins(const char *text, const char *word, bool alone)
{
    size_t len = strlen(word);

    if (len == 0 || strncmp(text, word, len) != 0)
        return 0;
    if (alone && text[len] && text[len] != ' ' && text[len] != ',' && (unsigned char)text[len] < 0x80)
        return 0;
    return len;
}

/* Those of the class that a normalised text begins with; *ret_end = bytes used. */
static struct member *named(struct talk *talk, int roles, const char *text, size_t *ret_count,
                            size_t *ret_end)
{
    size_t all, found = 0, longest = 0;
    struct member *members = members_of(talk, talk->class->id, roles, &all);

    for (size_t i = 0; i < all; i++) {
        size_t len = begins(text, text_normal(talk->pool, members[i].name).text, false);
        size_t by_number =
            members[i].number ? begins(text, text_normal(talk->pool, members[i].number).text, true) : 0;
        size_t by_id = begins(text, pool_printf(talk->pool, "#%" G_GINT64_FORMAT, members[i].id), true);

        len = MAX(len, MAX(by_number, by_id));
        if (len == 0 || len < longest)
            continue;
        if (len > longest)
            found = 0;
        longest = len;
        members[found++] = members[i];
    }
    *ret_count = found;
    *ret_end = longest;
    return members;
}

bool who_read(struct talk *talk, int roles, const char *typed, struct who *ret)
{
    struct normal text = text_normal(talk->pool, typed);
    size_t start = 0, end = 0;

    while (text.text[start] == ' ' || text.text[start] == ',' || g_str_has_prefix(text.text + start, "、"))
        start += text.text[start] == ' ' || text.text[start] == ',' ? 1 : strlen("、");
    *ret = (struct who){ .rest = "" };
    ret->list = named(talk, roles, text.text + start, &ret->count, &end);
    if (ret->count == 0)
        end = strcspn(text.text + start, " ,");
    ret->named = text_original(talk->pool, &text, start, start + end);
    if (start + end < text.len)
        ret->rest = text_original(talk->pool, &text, start + end, text.len);
    return ret->count > 0;
}

const struct member *who_one(struct talk *talk, int roles, const char *command, const char *typed,
                             const char *example, const char **ret_rest)
{
    struct who who;

    if (!who_read(talk, roles, typed, &who)) {
        if (*who.named)
            say(talk, "who.unknown", "name", who.named, NULL);
        else
            say(talk, example, NULL);
        return NULL;
    }
    *ret_rest = who.rest;
    if (who.count == 1)
        return &who.list[0];
    say(talk, "who.several", "name", who.list[0].name, NULL);
    for (size_t i = 0; i < who.count && i < CHOICES; i++)
        button_named(
            talk,
            pool_printf(talk->pool, "%s %s", who.list[i].number ? who.list[i].number : "", who.list[i].name),
            "corrections:who:%" G_GINT64_FORMAT, who.list[i].id);
    dialog_set(talk, talk->person, "corrections", talk->class->id, talk->member->id, 0,
               pool_printf(talk->pool, "%s\n%d\n%s", command, talk->args.ref, who.rest));
    return NULL;
}
