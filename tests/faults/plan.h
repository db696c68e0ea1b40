/* What is to go wrong, and when: a file shared with the test, which counts every passage and says which of
 * them fail. Linked into build/torture/banzhang only; the product carries nothing of it. */
#ifndef TESTS_FAULTS_PLAN_H
#define TESTS_FAULTS_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum fault {
    FAULT_OPEN, /* of SQLite's files */
    FAULT_READ,
    FAULT_WRITE,         /* EIO */
    FAULT_FULL,          /* ENOSPC */
    FAULT_SHORT,         /* half of the bytes are written, then EIO */
    FAULT_SYNC,          /* EIO, and nothing is known to be on disk */
    FAULT_TRUNCATE,      /* EIO */
    FAULT_SQLITE_MEMORY, /* SQLite's allocations */
    FAULT_MEMORY,        /* everybody's allocations */
    POINT_SYNC_BEFORE,   /* from here on: the process is killed there */
    POINT_SYNC_AFTER,
    POINT_COMMIT_BEFORE,
    POINT_COMMIT_AFTER,
    POINT_ANSWER_BEFORE,
    POINT_ANSWER_AFTER,
    POINT_SEND_BEFORE,
    POINT_SEND_AFTER,  /* the request has been handed to curl */
    POINT_OUTCOME,     /* the platform has answered, nothing of ours says so */
    POINT_MARK_BEFORE, /* the record of what was sent is about to be written */
    POINT_MARK_AFTER,  /* it is on disk */
    FAULT_FILE,        /* any act on the files that are not SQLite's: EIO, ENOSPC, short write */
    POINT_FILE_BEFORE, /* the sync of such a file or of its folder */
    POINT_FILE_AFTER,
    POINT_BACKUP_READ, /* a backup was read to its end, to be verified or restored */
    FAULT_CURL,        /* a function of curl refuses */
    FAULT_REFUSED,     /* nobody listens where a request is to go */
    FAULT_LOST,        /* a request goes out and ends as VALUE_RESULT says */
    VALUE_SPEED,       /* from here on: no passages, a value; how fast the machine's clocks go */
    VALUE_JUMP,        /* seconds by which somebody has set the clock of the wall */
    VALUE_DNS,         /* 1: names are not found out */
    VALUE_RESULT,      /* how curl says that a lost request ended */
    VALUE_LAZY,        /* 1: syncs of files do nothing, 2: those of folders; of files that are not SQLite's */
    FAULT_COUNT
};

/* Counts one passage; true when the plan says that this one fails. */
bool fault_due(enum fault);

/* Counts one passage of a point; when the plan says so, the process is gone here. */
void fault_point(enum fault);

/* What the plan says of a value, 0 without a plan. */
int64_t fault_value(enum fault);

/* Lets the test see that so much more has passed. */
void fault_passed(enum fault, int64_t more);

/* The function of this name that ours stands before. */
void *fault_next(const char *name);

/* Makes the failing file system the one that SQLite uses; called before a store is opened. */
void faults_in_files(void);

/* Makes SQLite's allocations fail by the plan; called before SQLite is used. */
void faults_in_memory(void);

#endif
