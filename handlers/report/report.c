/* 周报 and 周计划: a form each week, question by question or all in one message, changed at will until it is
 * due. */
#include "handlers/report/report_private.h"

#include <string.h>

#include "bot/school/dialog.h"
#include "bot/school/erase.h"

/* A dialog's subject: which of the two, of which week. */
static int64_t subject_of(enum weekly kind, int week)
{
    return (int64_t)week * 2 + kind;
}

static enum weekly kind_of(int64_t subject)
{
    return subject % 2 ? WEEKLY_PLAN : WEEKLY_REPORT;
}

static const char *form_of(struct talk *talk, int64_t subject)
{
    (void)talk;
    return weekly_name(kind_of(subject));
}

const char *weekly_key(struct talk *talk, enum weekly kind, const char *name)
{
    return pool_printf(talk->pool, "%s.%s", weekly_name(kind), name);
}

/* Writes what was filled in; false when it is too late to change it. */
static bool keep(struct talk *talk, enum weekly kind, const struct week *week, const struct filling *filling)
{
    bool late = talk->moment > week->due;
    g_autofree char *answers = filling_state(filling);

    if (late && weekly_in(talk, kind, talk->member->id, week->number, NULL))
        return false;
    store_run(talk->store,
              "INSERT INTO weekly (kind, member, week, at, late, due, answers)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (kind, member, week)"
              " DO UPDATE SET at = ?4, due = ?6, answers = ?7, answered = NULL",
              "iiiiiis", (int64_t)kind, talk->member->id, (int64_t)week->number, talk->moment, (int64_t)late,
              week->due, answers);
    return true;
}

/* The form is complete: row, receipt, and the problem it names. */
static void done(struct talk *talk, int64_t subject, const struct filling *filling)
{
    enum weekly kind = kind_of(subject);

    if (!talk->member || talk->member->role != ROLE_TRAINEE) {
        say(talk, "stale", NULL);
        return;
    }
    struct week week = week_number(talk, talk->class, kind, (int)(subject / 2));
    bool late = talk->moment > week.due;

    if (!keep(talk, kind, &week, filling)) {
        say(talk, weekly_key(talk, kind, "locked"), "week", num(talk, week.number), NULL);
        return;
    }
    const char *due = show_moment(talk, talk->class, week.due);

    say(talk, weekly_key(talk, kind, "done"), "week", num(talk, week.number), "when",
        words(talk, late ? "report.late" : "report.ontime", "due", due, NULL), "answers",
        pool_printf(talk->pool, "%s%s", filling_show(talk, filling),
                    attached_line(talk, kind, talk->member->id, week.number)),
        NULL);
    if (!late)
        button(talk, "report.change", "report:change:%d:%d", (int)kind, week.number);
    if (kind == WEEKLY_PLAN) {
        const cJSON *steps = cJSON_GetObjectItemCaseSensitive(filling->answers, "steps");

        items_from_plan(talk, talk->member, week.number, cJSON_IsString(steps) ? steps->valuestring : NULL);
    } else {
        const cJSON *problem = cJSON_GetObjectItemCaseSensitive(filling->answers, "problems");

        blocked_from_report(talk, talk->member, week.number,
                            cJSON_IsString(problem) ? problem->valuestring : NULL);
        items_ask(talk, talk->member, week.number);
    }
}

static const struct form_owner owner = { .name = "report", .form = form_of, .done = done };

/* Opens the form of the week that is to be written, with what is in already. */
static void open_week(struct talk *talk, enum weekly kind, const struct week *week, const char *text)
{
    const char *answers = NULL;

    if (weekly_in(talk, kind, talk->member->id, week->number, &answers) && talk->moment > week->due) {
        say(talk, weekly_key(talk, kind, "locked"), "week", num(talk, week->number), NULL);
        return;
    }
    const char *items = kind == WEEKLY_PLAN ? items_list(talk, talk->member, week->number) : "";

    if (*items && !answers)
        say(talk, "items.carried_here", "list", items, NULL);
    /* What became of the plan comes first; a report in one message is asked about it afterwards. */
    if (kind == WEEKLY_REPORT && !answers && !*text && items_ask(talk, talk->member, week->number)) {
        button(talk, "items.later", "report:write:%d", week->number);
        return;
    }
    form_open(talk, &owner, subject_of(kind, week->number), text, answers);
}

void report_after_items(struct talk *talk, int number)
{
    struct week week = week_number(talk, talk->class, WEEKLY_REPORT, number);

    if (weekly_takes(&week, talk->moment) && !weekly_in(talk, WEEKLY_REPORT, talk->member->id, number, NULL))
        form_open(talk, &owner, subject_of(WEEKLY_REPORT, number), "", NULL);
}

/* --- commands
 * --------------------------------------------------------------------------------------------------- */

static void write_or_read(struct talk *talk, enum weekly kind)
{
    const struct member *trainee = talk->class ? speaks_as(talk, ROLE_TRAINEE, talk->class->id) : NULL;

    if (!trainee) {
        weekly_read(talk, kind);
        return;
    }
    talk_as(talk, trainee);
    struct week week = week_to_write(talk, trainee, kind);

    if (week.number == 0)
        say(talk, weekly_key(talk, kind, "none"), NULL);
    else
        open_week(talk, kind, &week, talk->args.rest);
}

static void write_report(struct talk *talk)
{
    write_or_read(talk, WEEKLY_REPORT);
}

static void write_plan(struct talk *talk)
{
    write_or_read(talk, WEEKLY_PLAN);
}

/* 修改 under the receipt. */
static void change(struct talk *talk, const char *args)
{
    enum weekly kind = *args == '1' ? WEEKLY_PLAN : WEEKLY_REPORT;
    int number = *args && args[1] ? (int)g_ascii_strtoll(args + 2, NULL, 10) : 0;

    if (number < 1 || number > WEEKS_MAX || !talk->class) {
        say(talk, "stale", NULL);
        return;
    }
    struct week week = week_number(talk, talk->class, kind, number);

    if (week.due == 0 || !weekly_in(talk, kind, talk->member->id, number, NULL))
        say(talk, "stale", NULL);
    else
        open_week(talk, kind, &week, "");
}

/* 先写周报 below a question about the plan. */
static void write_now(struct talk *talk, const char *args)
{
    int number = (int)g_ascii_strtoll(args, NULL, 10);

    if (number < 1 || number > WEEKS_MAX || !talk->class)
        say(talk, "stale", NULL);
    else
        report_after_items(talk, number);
}

/* What is open of this kind: its subject, and whose it is; 0 nothing. */
static int64_t open_subject(struct talk *talk, int64_t *ret_member)
{
    struct dialog open;

    if (!dialog_of(talk, talk->person, &open) || strcmp(open.kind, owner.name) != 0)
        return 0;
    *ret_member = open.member;
    return open.subject;
}

/* What was sent with one that has been cancelled goes with it. */
static void after_cancel(struct talk *talk, int64_t member, int64_t subject)
{
    int64_t other;

    if (subject && open_subject(talk, &other) != subject)
        attached_drop(talk, kind_of(subject), member, (int)(subject / 2));
}

static void press(struct talk *talk, const char *args)
{
    int64_t member = 0, subject = open_subject(talk, &member);

    form_pressed(talk, &owner, args);
    after_cancel(talk, member, subject);
}

/* Whether the update is something spoken. */
static bool is_spoken(const struct update *update)
{
    return update->file_count > 0 &&
           (update->kind == UPDATE_VOICE ||
            (update->files[0].mime && g_str_has_prefix(update->files[0].mime, "audio/")));
}

/* An answer; what is spoken is put below what is being written, and its caption is the answer. */
static bool answers(struct talk *talk)
{
    struct update *update = talk->update;
    int64_t member = 0, subject = open_subject(talk, &member);
    enum update_kind kind = update->kind;
    bool taken = true;

    if (subject && is_spoken(update)) {
        attach(talk, kind_of(subject), member, (int)(subject / 2));
        talk->dialog_moved = true;
        if (!text_says_something(update->text))
            return true;
        update->kind = UPDATE_TEXT;
    }
    taken = form_answers(talk, &owner);
    update->kind = kind;
    return taken;
}

static void dialog(struct talk *talk, enum dialog_word word)
{
    int64_t member = 0, subject = open_subject(talk, &member);

    form_dialog(talk, &owner, word);
    after_cancel(talk, member, subject);
}

static const char *const schema[] = {
    "CREATE TABLE weekly ("
    "  id INTEGER PRIMARY KEY,"
    "  kind INTEGER NOT NULL," /* enum weekly */
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  week INTEGER NOT NULL," /* 1: the week of the class's first Monday */
    "  at INTEGER NOT NULL,"   /* the platform's time */
    "  late INTEGER NOT NULL," /* of the first version */
    "  answers TEXT NOT NULL," /* JSON */
    "  UNIQUE (kind, member, week)"
    ") STRICT;"
    "CREATE TABLE blocker (" /* a problem that stays open until somebody closes it */
    "  id INTEGER PRIMARY KEY,"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  week INTEGER," /* named in the report of this week; null: 卡住了 */
    "  text TEXT NOT NULL,"
    "  opened INTEGER NOT NULL,"
    "  closed INTEGER, closed_by INTEGER REFERENCES person(id),"
    "  UNIQUE (member, week)"
    ") STRICT;"
    "CREATE INDEX blocker_open ON blocker(member) WHERE closed IS NULL;",
    "ALTER TABLE blocker ADD COLUMN asked INTEGER;"    /* since when it waits for an answer; null: opened */
    "ALTER TABLE blocker ADD COLUMN answered INTEGER;" /* null: not since then */
    "ALTER TABLE blocker ADD COLUMN acked INTEGER;"
    "ALTER TABLE blocker ADD COLUMN acked_by INTEGER REFERENCES person(id);"
    "ALTER TABLE blocker ADD COLUMN stage INTEGER NOT NULL DEFAULT 3;" /* enum blocker_stage; 3: all told */
    "CREATE TABLE blocker_event (" /* what became of a blocker: told, seen, answered … */
    "  id INTEGER PRIMARY KEY,"
    "  blocker INTEGER NOT NULL REFERENCES blocker(id),"
    "  at INTEGER NOT NULL,"
    "  what TEXT NOT NULL,"
    "  person INTEGER REFERENCES person(id)," /* who was told, or did it */
    "  text TEXT"
    ") STRICT;"
    "CREATE INDEX blocker_event_of ON blocker_event(blocker);",
    "CREATE TABLE plan_item (" /* one thing that a week's plan sets out to do */
    "  id INTEGER PRIMARY KEY,"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  week INTEGER NOT NULL,"
    "  text TEXT NOT NULL,"
    "  state INTEGER NOT NULL DEFAULT 0," /* 0 open, 1 done, 2 carried over, 3 dropped */
    "  reason TEXT, at INTEGER,"
    "  carried_from INTEGER REFERENCES plan_item(id) ON DELETE SET NULL"
    ") STRICT;"
    "CREATE INDEX plan_item_of ON plan_item(member, week);"
    "CREATE INDEX plan_item_from ON plan_item(carried_from);",
    "ALTER TABLE weekly ADD COLUMN answered INTEGER;" /* by who looks after the class; null: not since it came
                                                       */
    "CREATE TABLE weekly_file ("                      /* a voice that was sent with it */
    "  kind INTEGER NOT NULL, member INTEGER NOT NULL REFERENCES member(id), week INTEGER NOT NULL,"
    "  file INTEGER NOT NULL, PRIMARY KEY (kind, member, week, file)"
    ") STRICT, WITHOUT ROWID;",
    "ALTER TABLE weekly ADD COLUMN due INTEGER NOT NULL DEFAULT 0;", /* when that week's was due, as it came
                                                                      */
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "weekly", "kind,member,week,at,late" }, { NULL, NULL } };

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "UPDATE weekly SET answers = '{}' WHERE member IN " ERASED_MEMBERS,
    "UPDATE blocker_event SET text = NULL WHERE blocker IN (SELECT id FROM blocker WHERE member "
    "IN " ERASED_MEMBERS ")",
    "UPDATE blocker SET text = '' WHERE member IN " ERASED_MEMBERS,
    "UPDATE plan_item SET text = '', reason = NULL WHERE member IN " ERASED_MEMBERS,
    NULL,
};

const struct handler report = {
    .name = "report",
    .commands = { { .name = "report",
                    .args = "REST?",
                    .needs = ROLE_TRAINEE | ROLE_STAFF | NEEDS_PRIVATE,
                    .run = write_report,
                    .rank = 7 },
                  { .name = "plan",
                    .args = "REST?",
                    .needs = ROLE_TRAINEE | ROLE_STAFF | NEEDS_PRIVATE,
                    .run = write_plan,
                    .rank = 8 } },
    .actions = { { .verb = "q", .run = press },
                 { .verb = "change", .needs = ROLE_TRAINEE | NEEDS_PRIVATE, .run = change },
                 { .verb = "write", .needs = ROLE_TRAINEE | NEEDS_PRIVATE, .run = write_now },
                 { .verb = "list", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = weekly_list_press },
                 { .verb = "read", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = weekly_read_press } },
    .timers = { { .kind = "report.remind", .run = report_remind },
                { .kind = "plan.remind", .run = plan_remind },
                { .kind = "report.due", .run = report_due } },
    .on = report_on,
    .reminds = report_reminds,
    .schema = schema,
    .audited = audited,
    .answers = answers,
    .dialog = dialog,
    .digest = report_digest,
    .measure = report_measure,
    .erases = erases,
};
