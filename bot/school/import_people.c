#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/log.h"
#include "bot/core/message.h"
#include "bot/school/binding.h"
#include "bot/school/forgotten.h"
#include "bot/school/import_private.h"
#include "bot/school/phone.h"
#include "bot/school/roles.h"

/* A membership of the class as it was before the import. */
struct known {
    int64_t member, person;
    int role;
    char *number, *name, *phone, *team;
    bool seen, erased;
    int64_t left;
};

struct people {
    struct importing *im;
    GPtrArray *known;   /* struct known * */
    GHashTable *phones; /* telephone number → the person of this class who has it */
    GHashTable *loose;  /* member id whose number somebody else took → the row that took it */
};

static void known_free(void *data)
{
    struct known *known = data;
    g_free(known->number);
    g_free(known->name);
    g_free(known->phone);
    g_free(known->team);
    g_free(known);
}

static GPtrArray *load_known(struct importing *im)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(known_free);
    g_autoptr(query) q =
        store_query(im->store,
                    "SELECT m.id, m.person, m.role, m.number, p.name, p.phone_sealed, m.team, m.left,"
                    " p.erased IS NOT NULL"
                    " FROM member m JOIN person p ON p.id = m.person WHERE m.class = ?",
                    "i", im->class);
    while (query_next(q)) {
        struct known *known = g_new0(struct known, 1);
        known->member = query_int(q, 0);
        known->person = query_int(q, 1);
        known->role = (int)query_int(q, 2);
        known->number = g_strdup(query_text(q, 3));
        known->name = g_strdup(query_text(q, 4));
        size_t len = 0;
        const void *sealed = query_blob(q, 5, &len);
        known->phone = phone_open(im->vault, known->person, sealed, len);
        known->team = g_strdup(query_text(q, 6));
        known->left = query_int(q, 7);
        known->erased = query_int(q, 8) != 0;
        g_ptr_array_add(all, known);
    }
    return all;
}

static struct known *by_number(const struct people *people, const char *number)
{
    for (guint i = 0; number && i < people->known->len; i++) {
        struct known *known = people->known->pdata[i];
        if (known->number && !strcmp(known->number, number))
            return known;
    }
    return NULL;
}

/* The membership of this name and role that has another number, or none when `numberless`. */
static struct known *by_name(const struct people *people, const struct roster_row *row, bool numberless)
{
    for (guint i = 0; i < people->known->len; i++) {
        struct known *known = people->known->pdata[i];
        bool fits = numberless ? !known->number : known->number && g_strcmp0(known->number, row->number) != 0;
        if (fits && known->role == row->role && !strcmp(known->name, row->name))
            return known;
    }
    return NULL;
}

/* True when the file has this person of the class in a row of its own, under another number. */
static bool has_own_row(const struct people *people, const struct known *known)
{
    const GPtrArray *rows = people->im->file->people;
    for (guint i = 0; i < rows->len; i++) {
        const struct roster_row *row = rows->pdata[i];
        if (row->role == known->role && !strcmp(row->name, known->name) &&
            g_strcmp0(row->number, known->number) != 0)
            return true;
    }
    return false;
}

#define AT(people, row, which) (people)->im->file->roster_path, (row)->line, (row)->which##_column

/* Whether the import may change who the person is: that of an organiser only those who are the organiser's.
 */
static bool may_change(const struct people *people, int64_t person)
{
    const struct importing *im = people->im;
    return !im->organiser || binding_may(im->store, im->organiser, person);
}

/* Says that something of the row is not the organiser's to change. */
static void keep(const struct people *people, const char *path, int line, int column, const char *name)
{
    faults_add(people->im->doubts, path, line, column,
               "name, telephone number and WeCom account of %s are changed by who runs the server; left as "
               "they are",
               name);
}

static void rename_person(struct people *people, int64_t person, const char *from,
                          const struct roster_row *row)
{
    if (!may_change(people, person)) {
        keep(people, AT(people, row, name), from);
        return;
    }
    store_run(people->im->store, "UPDATE person SET name = ? WHERE id = ?", "si", row->name, person);
    import_changed(people->im, "%s is now called %s", from, row->name);
}

/* Writes the row's telephone number. What an organiser sends is one to call: it does not find the person in
 * other classes. */
static void give_phone(struct people *people, int64_t person, const struct roster_row *row)
{
    struct importing *im = people->im;
    (im->organiser ? phone_note : phone_set)(im->store, im->vault, person, row->phone);
    g_hash_table_insert(people->phones, row->phone, GSIZE_TO_POINTER((gsize)person));
}

/* Who has the row's telephone number: whom the row's number is in the class, anybody for an import on the
 * machine, else somebody of the class; 0: nobody. */
static int64_t phone_owner(const struct people *people, const struct roster_row *row)
{
    const struct known *known = by_number(people, row->number);
    if (known && !strcmp(known->name, row->name) && g_strcmp0(known->phone, row->phone) == 0)
        return known->person;
    int64_t person = people->im->organiser ? 0 : phone_find(people->im->store, people->im->vault, row->phone);
    return person ? person : (int64_t)GPOINTER_TO_SIZE(g_hash_table_lookup(people->phones, row->phone));
}

/* Whether the person is, or was, in the class. */
static bool is_known(const struct people *people, int64_t person)
{
    for (guint i = 0; i < people->known->len; i++)
        if (((struct known *)people->known->pdata[i])->person == person)
            return true;
    return false;
}

/* The person with the row's telephone number; 0 when there is none. A number that belongs to somebody of
 * another name is a doubt, and the row goes on without it. */
static int64_t person_by_phone(struct people *people, struct roster_row *row)
{
    struct importing *im = people->im;
    int64_t person = row->phone ? phone_owner(people, row) : 0;
    if (!person)
        return 0;
    g_autofree char *name = store_text(im->store, "SELECT name FROM person WHERE id = ?", "i", person);
    const struct known *known = by_number(people, row->number);
    bool same = !strcmp(name, row->name);
    if (same && known && !strcmp(known->name, name) && !is_known(people, person)) {
        faults_add(im->doubts, AT(people, row, phone),
                   "this telephone is known as that of another %s, who is not in this class; left out", name);
        g_clear_pointer(&row->phone, g_free);
        return 0;
    }
    if (same)
        return person;
    if (known && known->person == person) {
        rename_person(people, person, name, row);
        return person;
    }
    faults_add(im->doubts, AT(people, row, phone), "this telephone is known as that of %s; left out for %s",
               name, row->name);
    g_clear_pointer(&row->phone, g_free);
    return 0;
}

/* The person with the row's number in this class; 0 when there is none, or after a fault. */
static int64_t person_by_number(struct people *people, const struct roster_row *row)
{
    struct importing *im = people->im;
    const struct known *known = row->number ? by_number(people, row->number) : by_name(people, row, true);
    if (!known)
        return 0;
    if (strcmp(known->name, row->name) != 0) {
        if (by_name(people, row, false) || has_own_row(people, known) || (row->phone && known->phone)) {
            faults_add(
                im->faults, AT(people, row, number),
                "number %s is that of %s in the class; to give it to %s, renumber with telephone numbers",
                row->number, known->name, row->name);
            return 0;
        }
        rename_person(people, known->person, known->name, row);
    }
    if (row->phone && g_strcmp0(row->phone, known->phone) != 0 && !may_change(people, known->person)) {
        keep(people, AT(people, row, phone), known->name);
    } else if (row->phone && g_strcmp0(row->phone, known->phone) != 0) {
        if (known->phone)
            g_hash_table_remove(people->phones, known->phone);
        give_phone(people, known->person, row);
        import_changed(im, known->phone ? "%s has a new telephone number" : "%s has a known telephone number",
                       row->name);
    }
    return known->person;
}

/* Says that whom the bureau sends is not the organiser's to add: the bureau looks at the organiser's work. */
static void leave_official(const struct people *people, const struct roster_row *row)
{
    faults_add(people->im->doubts, AT(people, row, name),
               "left out: who comes from the bureau is added by who runs the server");
}

/* The row's person, made when nobody is; 0 after a doubt or a fault. */
static int64_t person_of(struct people *people, struct roster_row *row)
{
    int64_t person = person_by_phone(people, row);
    if (!person)
        person = person_by_number(people, row);
    if (person || people->im->faults->len)
        return person;
    if (people->im->organiser && row->role == ROLE_BUREAU) {
        leave_official(people, row);
        return 0;
    }
    store_run(people->im->store, "INSERT INTO person (name) VALUES (?)", "s", row->name);
    person = store_last_id(people->im->store);
    if (row->phone)
        give_phone(people, person, row);
    return person;
}

/* Gives a member a number; who had it is left without one until the own row gives another. */
static void set_number(struct people *people, int64_t member, const struct roster_row *row)
{
    struct store *store = people->im->store;
    int64_t holder =
        row->number ? store_int(store, 0, "SELECT id FROM member WHERE class = ? AND number = ? AND id <> ?",
                                "isi", people->im->class, row->number, member)
                    : 0;
    if (holder) {
        store_run(store, "UPDATE member SET number = NULL WHERE id = ?", "i", holder);
        g_hash_table_insert(people->loose, GSIZE_TO_POINTER((gsize)holder), (void *)row);
    }
    store_run(store, "UPDATE member SET number = ? WHERE id = ?", "si", row->number, member);
    g_hash_table_remove(people->loose, GSIZE_TO_POINTER((gsize)member));
}

/* The person's membership in the row's role, made or brought up to date; 0 after a fault. */
static int64_t member_of(struct people *people, int64_t person, const struct roster_row *row)
{
    struct importing *im = people->im;
    for (guint i = 0; i < people->known->len; i++) {
        struct known *known = people->known->pdata[i];
        if (known->person != person || known->role != row->role)
            continue;
        if (known->seen) {
            faults_add(im->faults, AT(people, row, name), "%s is here twice as %s", row->name,
                       role_name(row->role));
            return 0;
        }
        known->seen = true;
        if (known->left)
            faults_add(im->doubts, AT(people, row, name), "%s has left the class, and stays so", row->name);
        bool loose = g_hash_table_contains(people->loose, GSIZE_TO_POINTER((gsize)known->member));
        if (loose || g_strcmp0(known->number, row->number) != 0) {
            set_number(people, known->member, row);
            import_changed(im, "%s has the number %s", row->name, row->number ? row->number : "-");
        }
        if (g_strcmp0(known->team, row->team) != 0) {
            store_run(im->store, "UPDATE member SET team = ? WHERE id = ?", "si", row->team, known->member);
            import_changed(im, "%s is in the team %s", row->name, row->team ? row->team : "-");
        }
        return known->member;
    }
    if (im->organiser && row->role == ROLE_BUREAU) {
        leave_official(people, row);
        return 0;
    }
    store_run(im->store, "INSERT INTO member (class, person, role, since, team) VALUES (?, ?, ?, ?, ?)",
              "iiiis", im->class, person, (int64_t)row->role, im->now, row->team);
    int64_t member = store_last_id(im->store);
    set_number(people, member, row);
    import_changed(im, "new %s %s%s%s", role_name(row->role), row->name, row->number ? " " : "",
                   row->number ? row->number : "");
    return member;
}

/* Binds the WeCom account of the row without a code. */
static void bind_wecom(struct people *people, int64_t person, int64_t member, const struct roster_row *row)
{
    struct importing *im = people->im;
    if (!row->wecom)
        return;
    int64_t owner =
        store_int(im->store, 0, "SELECT person FROM account WHERE platform = 2 AND name = ? COLLATE NOCASE",
                  "s", row->wecom);
    if (owner && owner != person)
        faults_add(im->doubts, AT(people, row, wecom),
                   "the account is bound to somebody else; left as it is");
    if (owner)
        return;
    if (!may_change(people, person)) {
        keep(people, AT(people, row, wecom), row->name);
        return;
    }
    store_run(im->store, "INSERT INTO account (platform, name, person, member, bound) VALUES (?, ?, ?, ?, ?)",
              "isiii", (int64_t)PLATFORM_WECOM, row->wecom, person, member, im->now);
    import_changed(im, "%s has a WeCom account", row->name);
    if (im->bound)
        g_array_append_val(im->bound, person);
}

/* Who lost the number and got no other is told as a fault: two people cannot have one. */
static void check_loose(struct people *people)
{
    GHashTableIter iter;
    void *member, *data;
    g_hash_table_iter_init(&iter, people->loose);
    while (g_hash_table_iter_next(&iter, &member, &data)) {
        const struct roster_row *row = data;
        const char *holder = "somebody";
        for (guint i = 0; i < people->known->len; i++) {
            const struct known *known = people->known->pdata[i];
            if (known->member == (int64_t)GPOINTER_TO_SIZE(member))
                holder = known->name;
        }
        faults_add(people->im->faults, AT(people, row, number),
                   "number %s is that of %s, who has no other here", row->number, holder);
    }
}

/* Whether the row's person is kept by a class that has forgotten the others; officials may come anew. */
static bool is_kept(const struct people *people, const struct roster_row *row)
{
    const struct known *known = by_number(people, row->number);
    return row->role & (ROLE_ORGANISER | ROLE_BUREAU) || (known && !strcmp(known->name, row->name)) ||
           by_name(people, row, true);
}

/* Whether the row is about somebody whom the class has forgotten, and not about who has the name now. */
static bool is_forgotten(const struct people *people, const struct roster_row *row)
{
    const struct known *known = row->number ? by_number(people, row->number) : by_name(people, row, true);
    return !(known && !strcmp(known->name, row->name)) &&
           forgotten_row(people->im->store, people->im->vault, people->im->class, row->name, row->number);
}

/* Says of a forgotten one's row that it is left out. It is said in the log too, because at a start nobody
 * reads the doubts. */
static void leave_out(struct importing *im, const struct roster_row *row)
{
    faults_add(im->doubts, im->file->roster_path, row->line, row->name_column,
               "left out: the data of this person were deleted here; take the row out of the file, or give "
               "a number that nobody had to who comes anew");
    log_warn("import.forgotten", "class=%" G_GINT64_FORMAT " line=%d", im->class, row->line);
}

void import_people(struct importing *im)
{
    struct people people = { .im = im,
                             .known = load_known(im),
                             .phones = g_hash_table_new(g_str_hash, g_str_equal),
                             .loose = g_hash_table_new(NULL, NULL) };
    const struct roster_row *first_out = NULL;
    guint before = im->faults->len, left_out = 0;
    bool forgotten = store_int(im->store, 0, "SELECT forgotten FROM class WHERE id = ?", "i", im->class) != 0;
    for (guint i = 0; i < people.known->len; i++) {
        const struct known *known = people.known->pdata[i];
        if (known->phone)
            g_hash_table_insert(people.phones, known->phone, GSIZE_TO_POINTER((gsize)known->person));
    }
    for (guint i = 0; i < im->file->people->len; i++) {
        struct roster_row *row = im->file->people->pdata[i];
        if (forgotten && !is_kept(&people, row)) {
            first_out = left_out++ ? first_out : row;
            continue;
        }
        if (is_forgotten(&people, row)) {
            leave_out(im, row);
            continue;
        }
        int64_t person = person_of(&people, row);
        int64_t member = person ? member_of(&people, person, row) : 0;
        if (member)
            bind_wecom(&people, person, member, row);
    }
    if (im->faults->len == before)
        check_loose(&people);
    if (left_out)
        faults_add(im->doubts, AT(&people, first_out, name),
                   "%u people are left out, because the class has forgotten its people after its retention",
                   left_out);
    for (guint i = 0; i < people.known->len; i++) {
        const struct known *known = people.known->pdata[i];
        if (!known->seen && !known->left && !known->erased && !forgotten)
            import_missing(im, "%s %s%s%s", role_name(known->role), known->name, known->number ? " " : "",
                           known->number ? known->number : "");
    }
    g_hash_table_unref(people.phones);
    g_ptr_array_unref(people.known);
    g_hash_table_unref(people.loose);
}
