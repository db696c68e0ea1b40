/* 我的数据: what the tables of a person's belongings (belongings.h) are called for that person, by kind. */
#ifndef BOT_SCHOOL_MINE_H
#define BOT_SCHOOL_MINE_H

enum mine_kind {
    MINE_PROFILE,
    MINE_ATTENDANCE,
    MINE_MARKS,
    MINE_HOMEWORK,
    MINE_REPORTS,
    MINE_REQUESTS,
    MINE_MESSAGES,
    MINE_FILES,
    MINE_SURVEYS,
    MINE_TRAIL,
    MINE_OTHER,
    MINE_KINDS,
};

/* What a table's rows are; of one nobody has placed: MINE_OTHER. */
enum mine_kind mine_kind_of(const char *table);

/* The locale keys of a kind: its name, who sees it, how long it is kept. */
const char *mine_name(enum mine_kind);
const char *mine_seen(enum mine_kind);
const char *mine_kept(enum mine_kind);

#endif
