/* The tables of homework. */
#include "handlers/homework/homework.h"

const char *const homework_schema[] = {
    "CREATE TABLE homework ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  number INTEGER NOT NULL,"
    "  theme TEXT," /* the syllabus title it was made from */
    "  title TEXT NOT NULL,"
    "  task TEXT NOT NULL DEFAULT '',"
    "  kind TEXT NOT NULL DEFAULT 'post',"
    "  state INTEGER NOT NULL DEFAULT 0," /* enum homework_state */
    "  taught INTEGER, due INTEGER, cutoff INTEGER,"
    "  eve INTEGER, soon INTEGER," /* when those who owe it are reminded; null: not (any more) */
    "  offered INTEGER, published INTEGER, giver INTEGER REFERENCES member(id),"
    "  UNIQUE (class, number)"
    ") STRICT;"
    "CREATE INDEX homework_eve ON homework(eve) WHERE eve IS NOT NULL;"
    "CREATE INDEX homework_soon ON homework(soon) WHERE soon IS NOT NULL;"

    "CREATE TABLE submission (" /* a version each; the last one counts */
    "  id INTEGER PRIMARY KEY,"
    "  homework INTEGER NOT NULL REFERENCES homework(id),"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  version INTEGER NOT NULL,"
    "  at INTEGER NOT NULL," /* the platform's time */
    "  late INTEGER NOT NULL,"
    "  text TEXT NOT NULL,"
    "  UNIQUE (homework, member, version)"
    ") STRICT;"
    "CREATE TABLE submission_file ("
    "  submission INTEGER NOT NULL REFERENCES submission(id), position INTEGER NOT NULL, file INTEGER NOT "
    "NULL,"
    "  PRIMARY KEY (submission, position)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE brought (" /* what a person is just handing in: not submitted yet */
    "  person INTEGER PRIMARY KEY REFERENCES person(id),"
    "  homework INTEGER," /* null: nobody asked for it; which one is being asked */
    "  text TEXT NOT NULL DEFAULT '', moment INTEGER NOT NULL, album TEXT"
    ") STRICT;"
    "CREATE TABLE brought_file ("
    "  person INTEGER NOT NULL, position INTEGER NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (person, "
    "position)"
    ") STRICT, WITHOUT ROWID;"

    /* Who owes or has handed in what, of all that is published: for 今天, marks, the desk. late is null while
     * nothing was handed in. */
    "CREATE VIEW homework_owed AS"
    " SELECT h.id AS homework, h.class, h.number, h.title, h.published, h.due, h.cutoff, m.id AS member, "
    "m.person,"
    "  (SELECT s.late FROM submission s WHERE s.homework = h.id AND s.member = m.id ORDER BY s.version DESC "
    "LIMIT 1)"
    "   AS late"
    " FROM homework h JOIN member m ON m.class = h.class"
    " WHERE h.state = 1 AND m.role = 1 AND m.left IS NULL AND m.since <= h.due;",

    "ALTER TABLE homework ADD COLUMN nudged INTEGER;", /* when a teacher last had those who owe it told */

    /* Extensions, marks and what a teacher is just writing. Whether a hand-in is late is not kept: it follows
     * from when it came and from what is its due time by now. */
    "DROP VIEW homework_owed;"
    "ALTER TABLE submission DROP COLUMN late;"
    "ALTER TABLE submission ADD COLUMN counted INTEGER;" /* after a return for rework: when the first one came
                                                          */
    "ALTER TABLE homework ADD COLUMN session INTEGER;"   /* assigned before or after this one: its due follows
                                                            it */

    "CREATE TABLE homework_file (" /* what a teacher gave with the task */
    "  homework INTEGER NOT NULL REFERENCES homework(id), position INTEGER NOT NULL, file INTEGER NOT NULL,"
    "  PRIMARY KEY (homework, position)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE extension (" /* the last one of a homework and member counts */
    "  id INTEGER PRIMARY KEY,"
    "  homework INTEGER NOT NULL REFERENCES homework(id),"
    "  member INTEGER REFERENCES member(id)," /* null: of the whole class, whose due time it changed */
    "  until INTEGER NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  giver INTEGER NOT NULL REFERENCES member(id),"
    "  at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX extension_of ON extension(homework, member);"
    "CREATE TABLE marking (" /* of one version; the last one counts */
    "  id INTEGER PRIMARY KEY,"
    "  submission INTEGER NOT NULL REFERENCES submission(id),"
    "  returned INTEGER NOT NULL," /* 1: to be done again, until `until` */
    "  score INTEGER, until INTEGER,"
    "  comment TEXT NOT NULL,"
    "  file INTEGER," /* a picture as comment */
    "  giver INTEGER NOT NULL REFERENCES member(id),"
    "  at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX marking_of ON marking(submission);"
    "CREATE TABLE remark (" /* what a teacher has said of a hand-in that has no score yet */
    "  person INTEGER NOT NULL REFERENCES person(id),"
    "  submission INTEGER NOT NULL REFERENCES submission(id),"
    "  comment TEXT NOT NULL, file INTEGER,"
    "  PRIMARY KEY (person, submission)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE assignment (" /* what a teacher is just assigning: not published yet */
    "  member INTEGER PRIMARY KEY REFERENCES member(id),"
    "  title TEXT NOT NULL, task TEXT NOT NULL, kind TEXT NOT NULL, session INTEGER,"
    "  taught INTEGER, due INTEGER, cutoff INTEGER"
    ") STRICT;"
    "CREATE TABLE assignment_file ("
    "  member INTEGER NOT NULL, position INTEGER NOT NULL, file INTEGER NOT NULL,"
    "  PRIMARY KEY (member, position)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE sharing (" /* a hand-in that a teacher wants the class to see; its author decides */
    "  submission INTEGER PRIMARY KEY REFERENCES submission(id),"
    "  asker INTEGER NOT NULL REFERENCES member(id), asked INTEGER NOT NULL,"
    "  agreed INTEGER, answered INTEGER," /* null: not answered; 0 refused or taken back, 1 agreed */
    "  told INTEGER"                      /* when the class heard of it */
    ") STRICT;"

    /* Every homework of every trainee there is or was: what is due when, and the last version handed in. */
    "CREATE VIEW homework_each AS"
    " SELECT h.id AS homework, h.class, h.number, h.title, h.state, h.published, h.due AS class_due,"
    "  max(h.due, coalesce(e.until, 0)) AS due, e.until AS extended,"
    "  max(h.cutoff, coalesce(e.until, 0), coalesce(k.until, 0)) AS cutoff, m.id AS member, m.person,"
    "  s.id AS submission, s.version, s.at, coalesce(s.counted, s.at) > max(h.due, coalesce(e.until, 0)) AS "
    "late,"
    "  k.id AS marking, k.returned, k.score, k.comment"
    " FROM homework h JOIN member m ON m.class = h.class AND m.role = 1"
    " LEFT JOIN submission s ON s.homework = h.id AND s.member = m.id AND s.version ="
    "  (SELECT max(v.version) FROM submission v WHERE v.homework = h.id AND v.member = m.id)"
    " LEFT JOIN extension e ON e.id = (SELECT max(id) FROM extension WHERE homework = h.id AND member = m.id)"
    " LEFT JOIN marking k ON k.id = (SELECT max(id) FROM marking WHERE submission = s.id);"

    /* Who owes or has handed in what, of all that is published: for 今天, marks, the desk. late is null while
     * nothing was handed in. */
    "CREATE VIEW homework_owed AS"
    " SELECT o.* FROM homework_each o JOIN member m ON m.id = o.member"
    " WHERE o.state = 1 AND m.left IS NULL AND m.since <= o.class_due;",

    "ALTER TABLE submission ADD COLUMN edited INTEGER;", /* when its author was told that an edit changes
                                                            nothing */
    NULL,
};
