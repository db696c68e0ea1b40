/* Who plays. Trainees are made up: nobody shall read of a real person what the dice said. Staff keep their
 * names. */
#include "bot/rehearse_private.h"

#include "bot/core/clock.h"

/* --- how people live
 * --------------------------------------------------------------------------------------------------- */

static const struct habit habits[] = {
    { .id = "punctual",
      .share = 50,
      .late = 3,
      .late_most = 8,
      .forgets = 1,
      .ill = 1,
      .heeds = 95,
      .plans = 90,
      .works = 92,
      .tardy = 5,
      .stuck = 3,
      .rates = 85,
      .merit = 92 },
    { .id = "late",
      .share = 16,
      .late = 26,
      .late_most = 30,
      .forgets = 3,
      .absent = 2,
      .ill = 1,
      .heeds = 75,
      .plans = 55,
      .works = 55,
      .tardy = 35,
      .stuck = 4,
      .rates = 60,
      .merit = 80 },
    { .id = "forgetful",
      .share = 16,
      .late = 5,
      .late_most = 15,
      .forgets = 14,
      .absent = 1,
      .ill = 1,
      .heeds = 85,
      .plans = 20,
      .works = 20,
      .tardy = 25,
      .stuck = 3,
      .rates = 40,
      .merit = 84 },
    { .id = "ill",
      .share = 10,
      .late = 8,
      .late_most = 20,
      .forgets = 2,
      .absent = 2,
      .ill = 8,
      .heeds = 85,
      .plans = 75,
      .works = 75,
      .tardy = 15,
      .stuck = 3,
      .rates = 60,
      .merit = 86 },
    { .id = "leaving",
      .share = 8,
      .late = 25,
      .late_most = 70,
      .forgets = 5,
      .absent = 8,
      .ill = 2,
      .heeds = 40,
      .plans = 35,
      .works = 35,
      .tardy = 15,
      .stuck = 5,
      .rates = 30,
      .merit = 65,
      .leaves = true },
};

/* The habits in turn, so that each has its share also of a small class. */
static const struct habit *habit_of(guint place)
{
    int left =
        (int)(place * 61 + 7) % 100; /* 61 and 100 share no factor: every hundred people have exact shares */
    size_t i = 0;

    while (i + 1 < G_N_ELEMENTS(habits) && left >= habits[i].share)
        left -= habits[i++].share;
    return &habits[place < G_N_ELEMENTS(habits) ? place : i];
}

/* A name that nobody bears by intention; different for the first 4800 places. */
static char *made_up_name(guint place)
{
    static const char *const surnames[] = { "赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈",
                                            "卫", "蒋", "沈", "韩", "杨", "朱", "秦", "许", "何", "吕",
                                            "施", "张", "孔", "曹", "严", "华", "金", "魏", "陶", "姜" };
    static const char *const given[] = { "一帆", "二丫", "三喜", "四海", "五福", "六顺", "七巧",
                                         "八方", "九思", "十全", "百川", "千寻", "万里", "小满",
                                         "谷雨", "立春", "白露", "霜降", "清明", "冬至" };
    static const char *const again[] = { "", "甲", "乙", "丙", "丁", "戊", "己", "庚" };
    guint s = G_N_ELEMENTS(surnames), g = G_N_ELEMENTS(given);

    return g_strdup_printf("%s%s%s", surnames[place % s], given[(place / s + place * 7) % g],
                           again[place / (s * g) % G_N_ELEMENTS(again)]);
}

/* --- the people
 * ------------------------------------------------------------------------------------------------------- */

static void free_actor(void *data)
{
    struct actor *actor = data;

    g_free(actor->name);
    g_free(actor->number);
    g_free(actor->account);
    g_free(actor->deeds);
    g_free(actor->marks);
    g_hash_table_destroy(actor->handed);
    g_hash_table_destroy(actor->wrote);
    g_free(actor);
}

/* Adds somebody to the store. */
static void add_member(struct play *play, int role, const char *name, const char *number)
{
    struct store *store = play->school->store;

    store_run(store, "INSERT INTO person (name) VALUES (?)", "s", name);
    int64_t person = store_last_id(store);

    store_run(store, "INSERT INTO member (class, person, role, number, since) VALUES (?, ?, ?, ?, ?)",
              "iiisi", play->class, person, (int64_t)role, number, clock_now());
}

/* Makes the trainees as many as were asked for, and gives all of them names of their own. */
static void fill_up(struct play *play)
{
    struct store *store = play->school->store;
    int64_t have = store_int(store, 0, "SELECT count(*) FROM member WHERE class = ? AND role = ?", "ii",
                             play->class, (int64_t)ROLE_TRAINEE);
    int64_t wanted = play->options->trainees ? play->options->trainees : have;
    guint place = 0;

    for (; have > wanted; have--)
        store_run(store,
                  "DELETE FROM member WHERE id = (SELECT max(id) FROM member WHERE class = ? AND role = ?)",
                  "ii", play->class, (int64_t)ROLE_TRAINEE);
    for (; have < wanted; have++) {
        g_autofree char *number = g_strdup_printf("R%05d", (int)have + 1);

        add_member(play, ROLE_TRAINEE, "-", number);
    }
    g_autoptr(query) q =
        store_query(store, "SELECT person, id FROM member WHERE class = ? AND role = ? ORDER BY id", "ii",
                    play->class, (int64_t)ROLE_TRAINEE);

    while (query_next(q)) {
        g_autofree char *name = made_up_name(place++);
        g_autofree char *number = g_strdup_printf("R%05u", place);

        store_run(store, "UPDATE person SET name = ?, phone = NULL WHERE id = ?", "si", name,
                  query_int(q, 0));
        store_run(store, "UPDATE member SET number = ? WHERE id = ? AND number IS NULL", "si", number,
                  query_int(q, 1));
    }
    store_run(store, "DELETE FROM account", "");
}

/* Adds somebody for the first of `roles`, unless somebody has one of them. */
static void hire_one(struct play *play, int roles)
{
    static const struct {
        int role;
        const char *key;
    } posts[] = { { ROLE_DUTY, "roles.duty_teacher" },   { ROLE_MENTOR, "roles.mentor" },
                  { ROLE_ORGANISER, "roles.organiser" }, { ROLE_LEADER, "roles.school_leader" },
                  { ROLE_LECTURER, "roles.lecturer" },   { ROLE_BUREAU, "roles.bureau" } };
    bool there = store_int(play->school->store, 0, "SELECT count(*) FROM member WHERE class = ? AND role & ?",
                           "ii", play->class, (int64_t)roles) > 0;

    for (size_t i = 0; !there && i < G_N_ELEMENTS(posts); i++)
        if (posts[i].role & roles) {
            add_member(play, posts[i].role, line(play, posts[i].key, NULL), NULL);
            there = true;
        }
}

/* A class cannot be played without somebody who runs sittings, and whoever gives the marks of its scheme. */
static void hire(struct play *play)
{
    g_autoptr(marking_scheme) scheme = scheme_kept(play->school->store, play->class);

    hire_one(play, ROLE_TEACHERS);
    hire_one(play, ROLE_MENTOR);
    for (guint i = 0; scheme && i < scheme->items->len; i++) {
        const struct scheme_item *item = scheme->items->pdata[i];

        if (item->by)
            hire_one(play, item->by);
    }
}

/* Notes at which sittings the trainee is expected. */
static void read_owed(struct play *play, struct actor *actor)
{
    g_autoptr(query) q =
        store_query(play->school->store, "SELECT sitting FROM expected WHERE member = ?", "i", actor->member);

    while (query_next(q)) {
        int place = lesson_of(play, query_int(q, 0));

        if (place >= 0)
            actor->deeds[place].owed = true;
    }
}

/* One actor for each person, whatever the roles. */
static void make_actors(struct play *play)
{
    g_autoptr(query) q =
        store_query(play->school->store,
                    "SELECT m.id, m.person, m.role, m.number, p.name FROM member m JOIN person p ON"
                    " p.id = m.person WHERE m.class = ? ORDER BY m.id",
                    "i", play->class);

    while (query_next(q)) {
        g_autofree char *account = g_strdup_printf("p%" G_GINT64_FORMAT, query_int(q, 1));
        struct actor *actor = g_hash_table_lookup(play->accounts, account);
        int role = (int)query_int(q, 2);

        if (actor) {
            actor->role |= role;
            continue;
        }
        actor = g_new0(struct actor, 1);
        *actor = (struct actor){ .member = query_int(q, 0),
                                 .person = query_int(q, 1),
                                 .role = role,
                                 .number = g_strdup(query_text(q, 3)),
                                 .name = g_strdup(query_text(q, 4)),
                                 .account = g_steal_pointer(&account),
                                 .deeds = g_new0(struct deed, play->lessons->len + 1),
                                 .handed = g_hash_table_new(g_direct_hash, g_direct_equal),
                                 .wrote = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
        if (role == ROLE_TRAINEE)
            actor->habit = habit_of(play->trainees->len);
        read_owed(play, actor);
        g_ptr_array_add(role == ROLE_TRAINEE ? play->trainees : play->staff, actor);
        g_hash_table_insert(play->accounts, actor->account, actor);
    }
}

/* The sittings in order, with their weeks. */
static void read_lessons(struct play *play)
{
    g_autofree char *first =
        store_text(play->school->store, "SELECT starts FROM class WHERE id = ?", "i", play->class);
    g_autoptr(query) q =
        store_query(play->school->store,
                    "SELECT s.id, s.session, s.starts, s.ends, n.confirmed, n.day, n.title FROM sitting s"
                    " JOIN session n ON n.id = s.session WHERE s.class = ? AND n.state = 'on'"
                    " AND s.starts < s.ends ORDER BY s.starts, s.id",
                    "i", play->class);

    while (query_next(q)) {
        struct lesson lesson = { .id = query_int(q, 0),
                                 .session = query_int(q, 1),
                                 .starts = query_int(q, 2),
                                 .ends = query_int(q, 3),
                                 .confirmed = query_int(q, 4) != 0,
                                 .title = g_strdup(query_text(q, 6)) };

        g_strlcpy(lesson.day, query_text(q, 5), DAY_SIZE);
        int days = days_between(first, lesson.day) + days_weekday(first) - 1;

        lesson.week = MAX(1, days / 7 + 1);
        g_array_append_val(play->lessons, lesson);
    }
}

void cast_people(struct play *play)
{
    play->trainees = g_ptr_array_new_with_free_func(free_actor);
    play->staff = g_ptr_array_new_with_free_func(free_actor);
    play->accounts = g_hash_table_new(g_str_hash, g_str_equal);
    play->lessons = g_array_new(FALSE, FALSE, sizeof(struct lesson));
    fill_up(play);
    hire(play);
    read_lessons(play);
    make_actors(play);
    events_choose(play);
    play->reader = staff_as(play, ROLE_MENTOR);
}

void cast_free(struct play *play)
{
    for (guint i = 0; play->lessons && i < play->lessons->len; i++)
        g_free(g_array_index(play->lessons, struct lesson, i).title);
    if (play->lessons)
        g_array_free(play->lessons, TRUE);
    if (play->accounts)
        g_hash_table_destroy(play->accounts);
    if (play->trainees)
        g_ptr_array_free(play->trainees, TRUE);
    if (play->staff)
        g_ptr_array_free(play->staff, TRUE);
}
