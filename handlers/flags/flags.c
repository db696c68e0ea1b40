/* 疑点: the open flags with their reasons; a teacher settles each with a press, on record. */
#include "handlers/flags/flags.h"

#include "bot/school/names.h"
#include "bot/school/remind.h"
#include "bot/school/sitting.h"

enum { SHOWN = 6, NAMES_SHOWN = 10, WORTH = 86400 };

/* The names behind "3,17". */
static const char *names_of(struct talk *talk, const char *members)
{
    g_auto(GStrv) ids = g_strsplit(members, ",", -1);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (char **id = ids; *id; id++) {
        const struct member *member = member_by_id(talk, g_ascii_strtoll(*id, NULL, 10));

        if (member)
            g_ptr_array_add(names, (void *)member->name);
    }
    return names->len ? names_join(talk, names, NAMES_SHOWN) : "";
}

/* The reason in the talk's language. */
static const char *reason(struct talk *talk, const struct flag *flag)
{
    struct sitting sitting = { .title = "" };
    const char *at = "";

    if (flag->sitting && sitting_by_id(talk, flag->sitting, &sitting))
        at = show_moment(talk, class_by_id(talk, flag->class_id), sitting.starts);
    return words(talk, pool_printf(talk->pool, "flags.why_%s", flag->kind), "names",
                 names_of(talk, flag->members), "title", sitting.title, "at", at, "count",
                 num(talk, flag->count), "of", num(talk, flag->of), NULL);
}

static void add_buttons(struct talk *talk, int64_t id)
{
    button(talk, "flags.true", "flags:true:%" G_GINT64_FORMAT, id);
    button_beside(talk, "flags.fine", "flags:fine:%" G_GINT64_FORMAT, id);
}

/* Tells each of a class's people with one of `roles`. */
static void tell_roles(struct talk *talk, const struct flag *flag, int roles, bool settle)
{
    const struct class *class = class_by_id(talk, flag->class_id);
    const char *lang = talk->lang;
    size_t count;
    struct member *members = members_of(talk, flag->class_id, roles, &count);

    for (size_t i = 0; i < count; i++) {
        struct reminder r = { .kind = "flag",
                              .person = members[i].person,
                              .class = class,
                              .until = talk->now + WORTH,
                              .must = true };

        /* At night nobody is woken: 疑点 has it in the morning. */
        if (!remind_may(talk, &r) ||
            !tell(talk, r.person, "flags.raised", "class", class->title, "reason", reason(talk, flag), NULL))
            continue;
        remind_sent(talk, &r);
        if (settle)
            add_buttons(talk, flag->id);
    }
    talk->lang = lang;
}

void flags_raise(struct talk *talk, const struct flag *given, int tells)
{
    struct flag flag = *given;

    store_run(
        talk->store,
        "UPDATE flag SET count = ?, of = ? WHERE class = ? AND sitting = ? AND kind = ? AND members = ?",
        "iiiiss", flag.count, flag.of, flag.class_id, flag.sitting, flag.kind, flag.members);
    if (store_changes(talk->store) > 0)
        return;
    store_run(
        talk->store,
        "INSERT INTO flag (class, sitting, kind, members, count, of, raised) VALUES (?, ?, ?, ?, ?, ?, ?)",
        "iissiii", flag.class_id, flag.sitting, flag.kind, flag.members, flag.count, flag.of, talk->now);
    flag.id = store_last_id(talk->store);
    if (tells & FLAG_TEACHERS)
        tell_roles(talk, &flag, ROLE_DUTY, true);
    if (tells & FLAG_BUREAU)
        tell_roles(talk, &flag, ROLE_BUREAU, false);
}

static bool load(struct talk *talk, query *q, struct flag *ret)
{
    if (!query_next(q))
        return false;
    *ret = (struct flag){ .id = query_int(q, 0),
                          .class_id = query_int(q, 1),
                          .sitting = query_int(q, 2),
                          .kind = pool_strdup(talk->pool, query_text(q, 3)),
                          .members = pool_strdup(talk->pool, query_text(q, 4)),
                          .count = query_int(q, 5),
                          .of = query_int(q, 6) };
    return true;
}

static void list(struct talk *talk)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT id, class, sitting, kind, members, count, of FROM flag"
                                     " WHERE class = ? AND settled IS NULL ORDER BY id DESC LIMIT ?",
                                     "ii", talk->class->id, (int64_t)SHOWN);
    struct flag flag;
    int shown = 0;

    for (; load(talk, q, &flag); shown++) {
        say(talk, "flags.one", "reason", reason(talk, &flag), NULL);
        if (speaks_as(talk, ROLE_TEACHERS, flag.class_id))
            add_buttons(talk, flag.id);
    }
    if (shown == 0)
        say(talk, "flags.none", NULL);
}

/* A teacher's word on one. */
static void settle(struct talk *talk, const char *args, const char *how)
{
    struct flag flag;
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT id, class, sitting, kind, members, count, of FROM flag"
                                     " WHERE id = ? AND settled IS NULL",
                                     "i", g_ascii_strtoll(args, NULL, 10));
    const struct member *by = load(talk, q, &flag) ? speaks_as(talk, ROLE_TEACHERS, flag.class_id) : NULL;

    if (!by) {
        say(talk, "stale", NULL);
        return;
    }
    store_run(talk->store, "UPDATE flag SET settled = ?, by = ?, how = ? WHERE id = ?", "iisi", talk->now,
              by->id, how, flag.id);
    say(talk, "flags.settled", "reason", reason(talk, &flag), "how",
        words(talk, pool_printf(talk->pool, "flags.%s", how), NULL), NULL);
    saying_instead(talk);
}

static void press_true(struct talk *talk, const char *args)
{
    settle(talk, args, "true");
}

static void press_fine(struct talk *talk, const char *args)
{
    settle(talk, args, "fine");
}

static const char *const schema[] = {
    "CREATE TABLE flag ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  sitting INTEGER NOT NULL,"                    /* 0: none in particular */
    "  kind TEXT NOT NULL, members TEXT NOT NULL,"   /* ids, ascending */
    "  count INTEGER NOT NULL, of INTEGER NOT NULL," /* its reason in figures */
    "  raised INTEGER NOT NULL,"
    "  settled INTEGER, by INTEGER REFERENCES member(id), how TEXT," /* how: true | fine */
    "  UNIQUE (class, sitting, kind, members)"
    ") STRICT;"
    "CREATE TABLE spotcheck ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id), sitting INTEGER NOT NULL REFERENCES sitting(id),"
    "  by INTEGER NOT NULL REFERENCES member(id),"
    "  number INTEGER NOT NULL, started INTEGER NOT NULL, until INTEGER NOT NULL, done INTEGER"
    ") STRICT;"
    "CREATE TABLE spotcheck_one ("
    "  spotcheck INTEGER NOT NULL REFERENCES spotcheck(id),"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  pressed INTEGER, at INTEGER,"
    "  PRIMARY KEY (spotcheck, member)"
    ") STRICT, WITHOUT ROWID;",

    "CREATE VIEW spotcheck_now AS SELECT id, sitting, number, until FROM spotcheck WHERE done IS NULL;",
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "flag", NULL }, { "spotcheck_one", NULL }, { NULL, NULL } };

const struct handler flags = {
    .name = "flags",
    .commands = { { .name = "flags",
                    .needs = ROLE_TEACHERS | ROLE_BUREAU | NEEDS_PRIVATE,
                    .run = list,
                    .rank = 47 },
                  { .name = "spotcheck",
                    .args = "REF?",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = flags_spotcheck,
                    .rank = 46 } },
    .actions = { { .verb = "true", .needs = ROLE_TEACHERS, .run = press_true },
                 { .verb = "fine", .needs = ROLE_TEACHERS, .run = press_fine },
                 { .verb = "press", .needs = ROLE_TRAINEE, .run = flags_press_number } },
    .timers = { { .kind = "flags.spot", .run = flags_spot_over } },
    .on = flags_on,
    .hears = flags_hear_place,
    .schema = schema,
    .audited = audited,
};
