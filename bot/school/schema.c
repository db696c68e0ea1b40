#include "bot/school/schema.h"

#include <stddef.h>

const char *const school_schema[] = {
    "CREATE TABLE person ("
    "  id INTEGER PRIMARY KEY,"
    "  name TEXT NOT NULL,"
    "  phone TEXT UNIQUE," /* digits; null: unknown */
    "  lang TEXT,"         /* null: as the class */
    "  consented INTEGER"  /* when the person agreed to what is recorded; null: never joined */
    ") STRICT;"

    "CREATE TABLE account ("
    "  id INTEGER PRIMARY KEY,"
    "  platform INTEGER NOT NULL," /* enum platform_id */
    "  name TEXT NOT NULL,"        /* the platform's id of the account */
    "  person INTEGER NOT NULL REFERENCES person(id),"
    "  member INTEGER REFERENCES member(id)," /* the membership it speaks in now */
    "  bound INTEGER NOT NULL,"
    "  reachable INTEGER NOT NULL DEFAULT 1,"
    "  used INTEGER NOT NULL DEFAULT 0," /* last heard of, machine clock, to the day */
    "  UNIQUE (platform, name)"
    ") STRICT;"
    "CREATE INDEX account_person ON account(person);"
    "CREATE INDEX account_wecom ON account(name COLLATE NOCASE) WHERE platform = 2;" /* userids have no case
                                                                                      */

    "CREATE TABLE class ("
    "  id INTEGER PRIMARY KEY,"
    "  slug TEXT NOT NULL UNIQUE," /* `id` of the class file */
    "  title TEXT NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  starts TEXT NOT NULL,"
    "  zone TEXT NOT NULL,"
    "  lang TEXT NOT NULL,"
    "  scheme TEXT NOT NULL,"
    "  survey TEXT,"
    "  survey_unit TEXT NOT NULL DEFAULT 'training',"
    "  unit TEXT NOT NULL DEFAULT 'half-day',"
    "  midday_from TEXT NOT NULL DEFAULT '12:00',"
    "  midday_to TEXT NOT NULL DEFAULT '13:30',"
    "  signout TEXT NOT NULL DEFAULT 'off',"
    "  robot TEXT," /* WeCom group robot key */
    "  group_platform INTEGER, group_chat TEXT,"
    "  secret BLOB NOT NULL," /* sign-in codes are made from it */
    "  imported INTEGER NOT NULL,"
    "  ended INTEGER"
    ") STRICT;"

    "CREATE TABLE member ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  person INTEGER NOT NULL REFERENCES person(id),"
    "  role INTEGER NOT NULL,"  /* one bit of enum role */
    "  number TEXT,"            /* 学号 */
    "  since INTEGER NOT NULL," /* imported: earlier sittings are not held against the person */
    "  left INTEGER,"
    "  UNIQUE (class, person, role)"
    ") STRICT;"
    "CREATE INDEX member_person ON member(person);"
    "CREATE UNIQUE INDEX member_number ON member(class, number) WHERE number IS NOT NULL;"

    "CREATE TABLE session ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  day TEXT NOT NULL,"
    "  starts INTEGER NOT NULL,"
    "  ends INTEGER NOT NULL,"
    "  title TEXT NOT NULL,"
    "  lecturer TEXT, place TEXT, kind TEXT,"
    "  confirmed INTEGER NOT NULL DEFAULT 1," /* 0: its time was guessed at import */
    "  state TEXT NOT NULL DEFAULT 'on'"      /* on | cancelled */
    ") STRICT;"
    "CREATE INDEX session_class ON session(class, starts);"

    "CREATE TABLE sitting ("
    "  id INTEGER PRIMARY KEY,"
    "  session INTEGER NOT NULL REFERENCES session(id),"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  part INTEGER NOT NULL," /* 0 the whole session, 1 morning, 2 afternoon */
    "  starts INTEGER NOT NULL,"
    "  ends INTEGER NOT NULL,"
    "  closed INTEGER," /* when absences were written */
    "  UNIQUE (session, part)"
    ") STRICT;"
    "CREATE INDEX sitting_class ON sitting(class, starts);"

    "CREATE TABLE invite ("
    "  member INTEGER PRIMARY KEY REFERENCES member(id),"
    "  serial INTEGER NOT NULL,"     /* the code is made from the server's key, the member and this */
    "  digest BLOB NOT NULL UNIQUE," /* of the code: a stolen store gives no codes */
    "  used INTEGER"
    ") STRICT;"

    "CREATE TABLE join_try (" /* who asked for which membership, and wrong codes */
    "  platform INTEGER NOT NULL, account TEXT NOT NULL,"
    "  member INTEGER, wrong INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY (platform, account)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE dialog ("
    "  person INTEGER PRIMARY KEY REFERENCES person(id),"
    "  kind TEXT NOT NULL, subject INTEGER NOT NULL, member INTEGER, step INTEGER NOT NULL DEFAULT 0,"
    "  state TEXT NOT NULL, asked INTEGER NOT NULL, parked INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"

    "CREATE TABLE choice ("
    "  platform INTEGER NOT NULL, chat TEXT NOT NULL, actions TEXT NOT NULL, shown INTEGER NOT NULL,"
    "  PRIMARY KEY (platform, chat)"
    ") STRICT, WITHOUT ROWID;",

    "ALTER TABLE member ADD COLUMN team TEXT;"
    "ALTER TABLE session ADD COLUMN origin TEXT;" /* what its timetable file said at the last import */
    "CREATE TABLE theme ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  position INTEGER NOT NULL," /* in the syllabus, from 1 */
    "  title TEXT NOT NULL,"
    "  outline TEXT, mode TEXT, assessment TEXT,"
    "  UNIQUE (class, title)"
    ") STRICT;",
    "CREATE TABLE link_code (" /* a code for another account of a person, as a digest */
    "  digest BLOB PRIMARY KEY, person INTEGER NOT NULL REFERENCES person(id), until INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",

    "CREATE TABLE push_count (" /* remind.c: how many pushes a person has had on the last day that had any */
    "  person INTEGER PRIMARY KEY REFERENCES person(id), day TEXT NOT NULL, pushes INTEGER NOT NULL"
    ") STRICT;",

    "CREATE TABLE dialog_below (" /* dialog.c: a draft that lies under a question asked later */
    "  person INTEGER NOT NULL REFERENCES person(id), kind TEXT NOT NULL, subject INTEGER NOT NULL,"
    "  member INTEGER, step INTEGER NOT NULL, state TEXT NOT NULL, asked INTEGER NOT NULL,"
    "  PRIMARY KEY (person, kind, subject)"
    ") STRICT, WITHOUT ROWID;",

    "ALTER TABLE class ADD COLUMN place_lat REAL;" /* where it meets, in degrees; null: not said */
    "ALTER TABLE class ADD COLUMN place_lon REAL;"
    "ALTER TABLE class ADD COLUMN place_radius INTEGER;", /* metres */

    "ALTER TABLE class ADD COLUMN ballot TEXT NOT NULL DEFAULT 'chat';", /* how survey ballots are cast: chat
                                                                            | web */

    "ALTER TABLE session ADD COLUMN breaks INTEGER;"  /* its morning's end and its afternoon's start, where */
    "ALTER TABLE session ADD COLUMN resumes INTEGER;" /* a change made them others than the class's midday */
    "ALTER TABLE session ADD COLUMN team TEXT;" /* whose shift it is, "A组、B组"; null: everybody's */
    /* Who is expected at a sitting; owed: was on the roster when it began. role 1: trainees. */
    "CREATE VIEW expected AS SELECT s.id AS sitting, s.class, m.id AS member, m.person, m.number,"
    "   m.since <= s.starts AS owed FROM sitting s JOIN session n ON n.id = s.session"
    "   JOIN member m ON m.class = s.class AND m.role = 1 AND m.left IS NULL"
    "   AND (n.team IS NULL OR instr('、' || n.team || '、', '、' || m.team || '、') > 0);",

    "ALTER TABLE class ADD COLUMN group_digest INTEGER NOT NULL DEFAULT 0;", /* 1: its group hears it */

    "CREATE TABLE form_opened (" /* form.c: as what a form was opened first; it never becomes the other */
    "  form TEXT PRIMARY KEY, anonymous INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",

    "ALTER TABLE class ADD COLUMN reminders TEXT NOT NULL DEFAULT 'standard';" /* config/reminders/ */
    "CREATE TABLE reminder_off (" /* remind.c: kinds of reminders that a person has switched off */
    "  person INTEGER NOT NULL REFERENCES person(id), kind TEXT NOT NULL, PRIMARY KEY (person, kind)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE reminder (" /* remind.c: what is to be said, or was, and may be put off */
    "  id INTEGER PRIMARY KEY,"
    "  person INTEGER NOT NULL REFERENCES person(id),"
    "  kind TEXT NOT NULL, subject INTEGER NOT NULL,"
    "  at INTEGER NOT NULL,"                /* when it is to be said */
    "  put_off INTEGER NOT NULL DEFAULT 0," /* the person wants it then: the day's count does not matter */
    "  said INTEGER,"                       /* the id that all of one message share; null: not said yet */
    "  until INTEGER"                       /* worthless from then on */
    ") STRICT;"
    "CREATE INDEX reminder_of ON reminder(person, at);"
    "CREATE INDEX reminder_at ON reminder(at);",

    /* When a session without a time is taken to be, in minutes of the day. */
    "ALTER TABLE class ADD COLUMN slot_from INTEGER NOT NULL DEFAULT 540;"
    "ALTER TABLE class ADD COLUMN slot_to INTEGER NOT NULL DEFAULT 720;"
    /* quota.c: bytes that may be left here; null: as the configuration says */
    "ALTER TABLE class ADD COLUMN most_in_file INTEGER;"
    "ALTER TABLE class ADD COLUMN most_of_person INTEGER;"
    "ALTER TABLE class ADD COLUMN most_of_class INTEGER;",

    "ALTER TABLE class ADD COLUMN class_hour INTEGER NOT NULL DEFAULT 45;"   /* minutes */
    "ALTER TABLE class ADD COLUMN survey_after INTEGER NOT NULL DEFAULT 60;" /* minutes */
    "ALTER TABLE class ADD COLUMN survey_hours INTEGER NOT NULL DEFAULT 48;"
    "ALTER TABLE class ADD COLUMN survey_least INTEGER NOT NULL DEFAULT 5;"   /* ballots */
    "ALTER TABLE class ADD COLUMN survey_share INTEGER NOT NULL DEFAULT 20;", /* per cent */

    /* retention.c: months after its end for which its people are kept, null: for good; when they began to be
     * forgotten: from then on its roster brings nobody back. erase.c: when a person was. */
    "ALTER TABLE class ADD COLUMN retention INTEGER;"
    "ALTER TABLE class ADD COLUMN forgotten INTEGER;"
    "ALTER TABLE person ADD COLUMN erased INTEGER;",

    "CREATE TABLE door_key (" /* doors.c: at most one; none: codes and links are made with the server's key */
    "  id INTEGER PRIMARY KEY,"
    "  made INTEGER NOT NULL," /* machine clock */
    "  salt BLOB NOT NULL"
    ") STRICT;",
    NULL,
};

const struct sealed school_sealed[] = { { "person", "phone_sealed" }, { NULL, NULL } };

const struct audited school_audited[] = {
    { "person", "name,consented,erased" },
    { "account", "platform,person,bound" },
    { "class",
      "slug,title,kind,starts,zone,lang,scheme,survey,survey_unit,unit,midday_from,midday_to,signout,"
      "place_lat,place_lon,place_radius,ended,ballot,group_platform,group_chat,group_digest,reminders,"
      "slot_from,slot_to,most_in_file,most_of_person,most_of_class,class_hour,survey_after,"
      "survey_hours,survey_least,survey_share,retention,forgotten" },
    { "class_scheme", NULL },
    { "member", "class,person,role,number,since,left,team" },
    { "session", "class,day,starts,ends,title,lecturer,place,kind,confirmed,state,breaks,resumes,team" },
    { "sitting", "session,class,part,starts,ends,closed" },
    { "form_opened", NULL },
    { "door_key", "id,made" },
    { NULL, NULL },
};
