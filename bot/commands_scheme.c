/* scheme preview|apply CLASS NEW.yaml: what a changed marking scheme would do to a class, and doing it. */
#include <string.h>

#include "bot/commands.h"
#include "bot/core/faults.h"
#include "bot/core/log.h"
#include "bot/school/marks.h"

enum { DONE = 0, FAILED = 1, MISUSED = 2 };

/* "81.5, passed" or "67 of at best 85, attendance not up to standard". */
static const char *in_short(struct talk *talk, const struct marks *m)
{
    int decimals = m->scheme->decimals;
    const char *outcome = m->complete ? m->passed ? ", passed" : ", not passed"
                          : m->failed ? ", cannot pass any more"
                                      : "";

    return pool_printf(talk->pool, "%s of at best %s%s%s%s", ratio_text(talk->pool, m->total, decimals),
                       ratio_text(talk->pool, m->best, decimals),
                       m->to_mark ? pool_printf(talk->pool, ", %d to be marked", m->to_mark) : "",
                       m->substandard ? ", attendance not up to standard" : "", outcome);
}

/* Writes a line for each trainee whose result the new scheme changes; gives how many. */
static int compare(struct talk *talk, const struct class *class, const struct scheme *old,
                   const struct scheme *new, GString *out)
{
    size_t count;
    int changed = 0;
    const struct member *members = members_of(talk, class->id, ROLE_TRAINEE, &count);

    for (size_t i = 0; i < count; i++) {
        struct measuring before = measuring_of(talk, class, &members[i], old),
                         after = measuring_of(talk, class, &members[i], new);
        struct marks was, will;

        marks_of(talk, &before, &was);
        marks_of(talk, &after, &will);
        const char *from = in_short(talk, &was), *to = in_short(talk, &will);

        if (strcmp(from, to) == 0)
            continue;
        changed++;
        g_string_append_printf(out, "%s %s: %s -> %s\n", members[i].number ? members[i].number : "-",
                               members[i].name, from, to);
    }
    g_string_append_printf(out, "%s: the result of %d of %zu would change\n", class->slug, changed, count);
    return changed;
}

/* Makes the new text the class's next version. */
static void apply(struct talk *talk, const struct class *class, const char *text, GString *out)
{
    int64_t id = class->id;
    g_autofree char *slug = g_strdup(class->slug);
    int64_t version = scheme_keep(talk->store, id, text, talk->now);

    school_forget_classes(talk->school);
    school_event(talk, EVENT_TIMETABLE_CHANGED, id); /* settlement may fall on another day */
    g_string_append_printf(out, "%s: marks are made by version %" G_GINT64_FORMAT " from now on\n", slug,
                           version);
    log_info("scheme.applied", "class=%" G_GINT64_FORMAT " version=%" G_GINT64_FORMAT, id, version);
}

/* Does it inside a talk; false with a sentence in `err`. */
static bool run(struct talk *talk, const char *slug, const char *path, bool doing, GString *out, GString *err)
{
    const struct class *class = class_by_slug(talk, slug);
    const struct scheme *old = class ? scheme_of(talk, class) : NULL;
    g_autofree char *text = NULL;
    g_autoptr(GPtrArray) faults = faults_new();

    if (!old) {
        g_string_append_printf(
            err, class ? "the class \"%s\" keeps no scheme; import it again\n" : "there is no class \"%s\"\n",
            slug);
        return false;
    }
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        g_string_append_printf(err, "%s cannot be read\n", path);
        return false;
    }
    g_autoptr(marking_scheme) new = scheme_parse(path, text, scheme_languages, faults);

    for (guint i = 0; i < faults->len; i++)
        g_string_append_printf(err, "%s\n", (char *)faults->pdata[i]);
    if (!new)
        return false;
    if (doing &&
        store_int(talk->store, 0, "SELECT count(*) FROM result WHERE class = ?", "i", class->id) > 0) {
        g_string_append_printf(err, "results of \"%s\" are settled; its scheme stays\n", slug);
        return false;
    }
    compare(talk, class, old, new, out);
    if (doing)
        apply(talk, class, text, out);
    return true;
}

int command_scheme(const struct command_place *place, const char *cwd, char **argv, GString *out,
                   GString *err)
{
    bool doing = strcmp(argv[0], "apply") == 0;
    g_autofree char *path =
        g_path_is_absolute(argv[2]) ? g_strdup(argv[2]) : g_build_filename(cwd, argv[2], NULL);
    struct pool *pool = pool_new();
    struct talk talk;

    if (!doing && strcmp(argv[0], "preview") != 0) {
        g_string_append(err, "usage: banzhang scheme preview|apply CLASS NEW.yaml\n");
        pool_free(pool);
        return MISUSED;
    }
    talk_begin(&talk, place->school, pool);
    bool ok = run(&talk, argv[1], path, doing, out, err);

    talk_end(&talk);
    pool_free(pool);
    return ok ? DONE : FAILED;
}
