/* 导出: sign-in sheet, marks, roster and timetable as files in chat, the sheet to print, and the address
 * under which a calendar follows one's timetable. */
#include <string.h>

#include "bot/school/erase.h"
#include "bot/school/ics.h"
#include "bot/school/paper_send.h"
#include "bot/school/school.h"
#include "bot/school/sitting.h"

/* What may be asked for, and by which words. */
static const struct choice {
    const char *verb;
    enum paper_kind kind;
    const char *label;
    const char *words[6];
} choices[] = {
    { "print", PAPER_BLANK, "export.print", { "打印", "空白", "print", "pdf", "blank" } },
    { "signin", PAPER_SIGNIN, "export.signin", { "签到", "考勤", "sign", "attendance" } },
    { "marks", PAPER_MARKS, "export.marks", { "成绩", "分数", "mark", "score" } },
    { "roster", PAPER_ROSTER, "export.roster", { "名单", "花名册", "学员", "roster", "list" } },
    { "timetable", PAPER_CALENDAR, "export.timetable", { "课表", "课程", "timetable", "ics" } },
    { "results", PAPER_RESULTS, "export.results", { "问卷", "满意度", "survey", "result" } },
    { "payment", PAPER_PAYMENT, "export.payment", { "付款", "结算", "payment" } },
};

/* The sitting whose sheet is printed: the one that is open, else the next, else the last; 0 none. */
static int64_t sitting_to_print(struct talk *talk)
{
    struct sitting sitting;

    if (sitting_now(talk, talk->class->id, talk->now, &sitting) && sitting.ends > talk->now)
        return sitting.id;
    if (sitting_next(talk, talk->class->id, talk->now, &sitting) ||
        sitting_last(talk, talk->class->id, talk->now, &sitting))
        return sitting.id;
    return 0;
}

/* The survey whose result is exported: the last one that may be shown; 0 none. */
static int64_t survey_to_export(struct talk *talk)
{
    return store_int(
        talk->store, 0,
        "SELECT survey FROM satisfaction WHERE class = ? AND shown ORDER BY closes DESC, survey DESC"
        " LIMIT 1",
        "i", talk->class->id);
}

/* Has one made, or says why not. */
static void make(struct talk *talk, const struct choice *choice)
{
    int64_t subject = 0;

    if (choice->kind == PAPER_BLANK && !(subject = sitting_to_print(talk))) {
        say(talk, "export.no_sitting", NULL);
        return;
    }
    if (choice->kind == PAPER_RESULTS && !(subject = survey_to_export(talk))) {
        say(talk, "export.no_results", NULL);
        return;
    }
    paper_send(talk, choice->kind, subject);
    say(talk, "export.making", "what", words(talk, choice->label, NULL), NULL);
    saying_instead(talk);
}

static void run(struct talk *talk)
{
    for (size_t i = 0; *talk->args.rest && i < G_N_ELEMENTS(choices); i++)
        for (size_t w = 0; choices[i].words[w]; w++)
            if (strstr(talk->args.text.text, choices[i].words[w])) {
                make(talk, &choices[i]);
                return;
            }
    say(talk, "export.which", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(choices); i++)
        button(talk, choices[i].label, "export:make:%s", choices[i].verb);
}

static void press(struct talk *talk, const char *args)
{
    for (size_t i = 0; i < G_N_ELEMENTS(choices); i++)
        if (strcmp(args, choices[i].verb) == 0) {
            make(talk, &choices[i]);
            return;
        }
    say(talk, "stale", NULL);
}

/* The address for one's calendar; whoever has it can read it, so it can be changed. */
static void show_address(struct talk *talk)
{
    g_autofree char *token = ics_token(talk->store, talk->school->secret, talk->person);

    say(talk, "export.calendar", "link",
        pool_printf(talk->pool, "%s/cal/%s.ics", talk->school->public_url, token), NULL);
    button(talk, "export.calendar_new", "export:renew");
}

static void press_calendar(struct talk *talk, const char *args)
{
    (void)args;
    show_address(talk);
}

static void press_renew(struct talk *talk, const char *args)
{
    (void)args;
    ics_revoke(talk->store, talk->person);
    show_address(talk);
    saying_instead(talk);
}

static void on(struct talk *talk, enum event event, int64_t subject)
{
    (void)subject;
    if (event == EVENT_STARTED)
        paper_resume(talk);
}

static const char *const schema[] = {
    "CREATE TABLE session_revision ("
    "  session INTEGER PRIMARY KEY REFERENCES session(id), changes INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TRIGGER session_revised AFTER UPDATE OF starts, ends, title, lecturer, place, confirmed, state"
    "  ON session WHEN old.starts IS NOT new.starts OR old.ends IS NOT new.ends OR old.title IS NOT new.title"
    "    OR old.lecturer IS NOT new.lecturer OR old.place IS NOT new.place"
    "    OR old.confirmed IS NOT new.confirmed OR old.state IS NOT new.state"
    "  BEGIN INSERT INTO session_revision (session, changes) VALUES (new.id, 1)"
    "    ON CONFLICT (session) DO UPDATE SET changes = changes + 1; END;"
    "CREATE TABLE calendar_address (" /* serial grows when a person takes the address back */
    "  person INTEGER PRIMARY KEY REFERENCES person(id), serial INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE paper_wish (" /* files that people wait for */
    "  id INTEGER PRIMARY KEY,"
    "  person INTEGER NOT NULL REFERENCES person(id),"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  kind INTEGER NOT NULL," /* enum paper_kind */
    "  subject INTEGER NOT NULL"
    ") STRICT;",

    "CREATE TABLE paper_wish_for (" /* person null: the class's group */
    "  id INTEGER PRIMARY KEY,"
    "  person INTEGER REFERENCES person(id),"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  kind INTEGER NOT NULL, subject INTEGER NOT NULL"
    ") STRICT;"
    "INSERT INTO paper_wish_for SELECT id, person, class, kind, subject FROM paper_wish;"
    "DROP TABLE paper_wish;"
    "ALTER TABLE paper_wish_for RENAME TO paper_wish;",
    NULL,
};

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "DELETE FROM calendar_address WHERE person = ?1",
    "DELETE FROM paper_wish WHERE person = ?1",
    NULL,
};

const struct handler export = {
    .name = "export",
    .commands = { { .name = "export",
                    .args = "REST?",
                    .needs = ROLE_ORGANISER | NEEDS_PRIVATE,
                    .run = run,
                    .rank = 45 } },
    .actions = { { .verb = "make", .needs = ROLE_ORGANISER | NEEDS_PRIVATE, .run = press },
                 { .verb = "calendar", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = press_calendar },
                 { .verb = "renew", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = press_renew } },
    .on = on,
    .schema = schema,
    .erases = erases,
};
