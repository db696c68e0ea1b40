#include "bot/commands.h"

#include <glib/gstdio.h>
#include <string.h>

#include "bot/backup.h"
#include "bot/core/clock.h"
#include "bot/core/faults.h"
#include "bot/school/binding.h"
#include "bot/school/import.h"
#include "bot/school/invite.h"
#include "bot/school/paper.h"
#include "bot/school/roles.h"

#define INVITE_HEAD "id,name,role,code,link\n"

enum { DONE = 0, FAILED = 1, MISUSED = 2 };

/* Tells the handlers that a class's timetable or people changed. */
static void class_changed(void *data, int64_t class)
{
    const struct command_place *place = data;
    struct talk talk;
    struct pool *pool = pool_new();
    school_forget_classes(place->school);
    talk_begin(&talk, place->school, pool);
    school_event(&talk, EVENT_TIMETABLE_CHANGED, class);
    talk_end(&talk);
    pool_free(pool);
}

bool command_import_class(const struct command_place *place, const char *path, GString *out,
                          GPtrArray *faults)
{
    const struct import import = {
        .store = place->school->store,
        .vault = place->school->vault,
        .defaults = { place->config->zone, place->config->locale, place->config->share_dir,
                      config_plain_http(place->config), config_tries_out(place->config) },
        .changed = class_changed,
        .data = (void *)place,
    };
    bool ok = import_class(&import, path, out, faults);
    school_forget_classes(place->school); /* also after a failure: what was read meanwhile is rolled back */
    return ok;
}

/* import FILE.yaml…: each class all or nothing. */
static int import(const struct command_place *place, const char *cwd, char **files, GString *out,
                  GString *err)
{
    g_autofree char *here = g_get_current_dir();
    g_autoptr(GPtrArray) faults = faults_new();
    for (; *files; files++) {
        g_autofree char *path = g_path_is_absolute(*files) || !strcmp(cwd, here)
                                    ? g_strdup(*files)
                                    : g_build_filename(cwd, *files, NULL);
        guint before = faults->len;
        command_import_class(place, path, out, faults);
        if (faults->len > before)
            g_string_append_printf(err, "%s: not imported, nothing of it was changed:\n", *files);
        for (guint i = before; i < faults->len; i++)
            g_string_append_printf(err, "%s\n", (char *)faults->pdata[i]);
    }
    return faults->len ? FAILED : DONE;
}

/* Appends a CSV cell, quoted when it has to be. */
static void put_cell(GString *out, const char *text, char after)
{
    if (!strpbrk(text, ",\"\r\n")) {
        g_string_append(out, text);
    } else {
        g_string_append_c(out, '"');
        for (; *text; text++) {
            if (*text == '"')
                g_string_append_c(out, '"');
            g_string_append_c(out, *text);
        }
        g_string_append_c(out, '"');
    }
    g_string_append_c(out, after);
}

/* One row of invites: how the member is called, the code and its link. */
static void put_invite(const struct command_place *place, const struct member *member, const char *code,
                       GString *out)
{
    g_autofree char *id =
        member->number ? g_strdup(member->number) : g_strdup_printf("m%" G_GINT64_FORMAT, member->id);
    g_autofree char *link = g_strdup_printf("%s/j/%s", place->school->public_url, code);
    put_cell(out, id, ',');
    put_cell(out, member->name, ',');
    put_cell(out, role_name(member->role), ',');
    put_cell(out, code, ',');
    put_cell(out, link, '\n');
}

/* unbind CLASS ID: takes the person's accounts back, in all classes, whoever organises them. */
static int unbind(const struct command_place *place, const char *slug, const char *id, GString *out,
                  GString *err)
{
    struct pool *pool = pool_new();
    struct talk talk;
    talk_begin(&talk, place->school, pool);
    audit_actor(place->school->audit, AUDIT_COMMAND);
    const struct member *member = member_by_id(
        &talk, store_int(talk.store, 0,
                         "SELECT m.id FROM member m JOIN class c ON c.id = m.class WHERE c.slug = ?"
                         " AND coalesce(m.number, 'm' || m.id) = ? AND m.left IS NULL",
                         "ss", slug, id));
    if (member) {
        g_autofree char *code = binding_end(&talk, member);
        g_string_append(out, INVITE_HEAD);
        put_invite(place, member, code, out);
    } else {
        g_string_append_printf(err, "there is nobody with the number \"%s\" in a class \"%s\"\n", id, slug);
    }
    talk_end(&talk);
    pool_free(pool);
    return member ? DONE : FAILED;
}

/* invites CLASS [--renew]: CSV of those whom no account is bound to. */
static int invites(const struct command_place *place, const char *slug, bool renew, GString *out,
                   GString *err)
{
    struct store *store = place->school->store;
    int64_t class = store_int(store, 0, "SELECT id FROM class WHERE slug = ?", "s", slug);
    if (!class) {
        g_string_append_printf(err, "there is no class \"%s\"\n", slug);
        return FAILED;
    }
    if (invite_class_over(store, class, clock_now()))
        g_string_append(err, "this class ended more than half a year ago: its codes open nothing any more\n");
    g_string_append(out, INVITE_HEAD);
    g_autoptr(query) q =
        store_query(store,
                    "SELECT m.id, m.number, p.name, m.role FROM member m"
                    " JOIN person p ON p.id = m.person WHERE m.class = ? AND m.left IS NULL"
                    " AND p.erased IS NULL AND NOT EXISTS (SELECT 1 FROM account a WHERE a.person = m.person)"
                    " ORDER BY m.id",
                    "i", class);
    while (query_next(q)) {
        const struct member member = { .id = query_int(q, 0),
                                       .number = query_text(q, 1),
                                       .name = query_text(q, 2),
                                       .role = (int)query_int(q, 3) };
        g_autofree char *code = renew ? invite_renew(store, place->school->secret, member.id)
                                      : invite_code(store, place->school->secret, member.id);
        put_invite(place, &member, code, out);
    }
    return DONE;
}

/* The paper is made, or cannot be: its bytes, or where it lies, are what is said. */
static int export_end(void *data, GString *out, GString *err)
{
    struct paper *paper = data;
    g_autofree char *path = paper_path(paper);
    size_t len;
    g_autofree char *bytes = paper_bytes(paper, &len);
    int exit = paper_error(paper) ? FAILED : DONE;
    if (exit == FAILED)
        g_string_append_printf(err, "%s\n", paper_error(paper));
    else if (path)
        g_string_append_printf(out, "%s\n", path);
    else
        g_string_append_len(out, bytes, (gssize)len);
    if (exit == FAILED && path)
        g_unlink(path);
    paper_free(paper);
    return exit;
}

/* The sitting whose sheet is printed: the next one, else the last; 0 none. */
static int64_t sitting_of(struct store *store, int64_t class, int64_t now)
{
    return store_int(store, 0,
                     "SELECT s.id FROM sitting s JOIN session n ON n.id = s.session WHERE s.class = ?1"
                     " AND n.state = 'on' AND s.ends > s.starts"
                     " ORDER BY s.ends < ?2, abs(s.starts - ?2) LIMIT 1",
                     "ii", class, now);
}

/* export CLASS FORMAT: orders the paper; it is made on a worker. */
static int export(const struct command_place *place, const char *slug, const char *format, GString *err,
                  struct control_later *later)
{
    static const struct {
        const char *format;
        enum paper_kind kind;
    } formats[] = { { "xlsx", PAPER_BOOK },   { "csv", PAPER_MARKS_CSV }, { "ics", PAPER_CALENDAR },
                    { "zip", PAPER_ARCHIVE }, { "pdf", PAPER_BLANK },     { "slips", PAPER_SLIPS },
                    { "png", PAPER_BRIEF } };
    struct pool *pool = pool_new();
    struct talk talk;
    size_t i = 0;
    talk_begin(&talk, place->school, pool);
    const struct class *class = class_by_slug(&talk, slug);
    while (i < G_N_ELEMENTS(formats) && strcmp(formats[i].format, format) != 0)
        i++;
    int exit = !class ? FAILED : i == G_N_ELEMENTS(formats) ? MISUSED : DONE;
    if (!class) {
        g_string_append_printf(err, "there is no class \"%s\"\n", slug);
    } else if (exit == MISUSED) {
        g_string_append_printf(err, "there is no format \"%s\": xlsx, csv, ics, zip, pdf or png\n", format);
    } else {
        talk.lang = class->lang;
        struct paper *paper =
            paper_new(&talk, formats[i].kind, class->id,
                      formats[i].kind == PAPER_SLIPS ? 0 : sitting_of(talk.store, class->id, talk.now));
        *later = (struct control_later){
            .slice = paper_slice, .work = paper_make, .end = export_end, .data = paper
        };
    }
    talk_end(&talk);
    pool_free(pool);
    return exit;
}

int command_execute(void *data, const char *cwd, int argc, char **argv, GString *out, GString *err,
                    struct control_later *later)
{
    const struct command_place *place = data;
    if (argc >= 2 && !strcmp(argv[0], "import"))
        return import(place, cwd, argv + 1, out, err);
    if (argc == 4 && !strcmp(argv[0], "scheme"))
        return command_scheme(place, cwd, argv + 1, out, err);
    if (argc >= 2 && !strcmp(argv[0], "outbox"))
        return command_outbox(place, argc - 1, argv + 1, out, err);
    if (argc >= 2 && !strcmp(argv[0], "keys"))
        return command_keys(place, argc - 1, argv + 1, out, err, later);
    if (argc == 2 && !strcmp(argv[0], "invites"))
        return invites(place, argv[1], false, out, err);
    if (argc == 3 && !strcmp(argv[0], "invites") && !strcmp(argv[1], "--renew"))
        return invites(place, argv[2], true, out, err);
    if (argc == 3 && !strcmp(argv[0], "unbind"))
        return unbind(place, argv[1], argv[2], out, err);
    if (argc == 3 && !strcmp(argv[0], "export"))
        return export(place, argv[1], argv[2], err, later);
    if (argc == 1 && !strcmp(argv[0], "backup")) {
        backup_begin(place->school->store, place->config, later);
        return DONE;
    }
    g_string_append_printf(err, "the server knows no command \"%s\" like that\n", argv[0]);
    return MISUSED;
}
