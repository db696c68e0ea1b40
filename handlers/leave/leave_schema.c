#include "handlers/leave/leave.h"

const char *const leave_schema[] = {
    "CREATE TABLE leave ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  asked INTEGER NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  state TEXT NOT NULL," /* draft | pending | granted | refused | withdrawn | dropped | ended | excused */
    "  approval INTEGER,"    /* the request in approval; null: a draft, or given by a teacher */
    "  given INTEGER"        /* the teacher who gave it after the start (补假): member */
    ") STRICT;"
    "CREATE INDEX leave_member ON leave(member);"
    "CREATE TABLE leave_sitting ("
    "  leave INTEGER NOT NULL REFERENCES leave(id),"
    "  sitting INTEGER NOT NULL REFERENCES sitting(id),"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  state TEXT NOT NULL," /* draft | pending | leave | refused | withdrawn | dropped | back */
    "  PRIMARY KEY (leave, sitting)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX leave_live ON leave_sitting(sitting, member) WHERE state IN ('pending', 'leave');"
    "CREATE INDEX leave_sitting_member ON leave_sitting(member);"
    "CREATE VIEW leave_now AS SELECT l.sitting, l.member, l.state FROM leave_sitting l"
    "  WHERE l.state IN ('pending', 'leave') AND NOT EXISTS (SELECT 1 FROM attendance a"
    "    WHERE a.sitting = l.sitting AND a.member = l.member AND a.state IN ('present', 'late'));",
    NULL,
};
