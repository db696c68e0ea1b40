#include "bot/school/quota.h"

#include "bot/school/school.h"

/* Whole megabytes for people. */
static const char *megabytes(struct talk *talk, int64_t bytes)
{
    return num(talk, MAX(bytes >> 20, 1));
}

/* What a person keeps here: the same bytes count once. */
static int64_t used_by_person(struct talk *talk, int64_t person)
{
    return store_int(talk->store, 0,
                     "SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT sha256, size FROM file"
                     " WHERE (person = ?1 OR (holder = ?1 AND holder > 0)) AND sha256 IS NOT NULL)",
                     "i", person);
}

/* What all the people of a class keep here. */
static int64_t used_by_class(struct talk *talk, int64_t class_id)
{
    return store_int(
        talk->store, 0,
        "SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT f.sha256, f.size, m.person"
        " FROM member m JOIN file f ON f.person = m.person OR (f.holder = m.person AND f.holder > 0)"
        " WHERE m.class = ? AND f.sha256 IS NOT NULL)",
        "i", class_id);
}

struct quota quota_of(struct talk *talk, int64_t class_id)
{
    const struct class *class = class_by_id(talk, class_id);
    struct quota most = talk->school->quota;

    if (class && class->most_in_file)
        most.file = class->most_in_file;
    if (class && class->most_of_person)
        most.person = class->most_of_person;
    if (class && class->most_of_class)
        most.class = class->most_of_class;
    return most;
}

const char *quota_refusal(struct talk *talk, int64_t person, int64_t class_id, int64_t largest, int64_t total)
{
    const struct quota most = quota_of(talk, class_id);

    if (largest > most.file)
        return words(talk, "files.too_large", "megabytes", megabytes(talk, most.file), NULL);
    if (used_by_person(talk, person) + total > most.person)
        return words(talk, "files.person_full", "megabytes", megabytes(talk, most.person), NULL);
    if (class_id && used_by_class(talk, class_id) + total > most.class)
        return words(talk, "files.class_full", "megabytes", megabytes(talk, most.class), NULL);
    return NULL;
}

const char *quota_refusal_of(struct talk *talk, int64_t file, int64_t size)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT f.person, coalesce(m.class, 0) FROM file f LEFT JOIN account a"
                                     " ON a.person = f.person AND a.platform = f.platform"
                                     " LEFT JOIN member m ON m.id = a.member WHERE f.id = ?",
                                     "i", file);

    return query_next(q) ? quota_refusal(talk, query_int(q, 0), query_int(q, 1), size, size) : NULL;
}

const char *quota_no_room(struct talk *talk, int64_t size)
{
    return files_admit(talk->school->files, size) ? NULL : words(talk, "files.no_room", NULL);
}

bool quota_refuses(struct talk *talk)
{
    struct update *update = talk->update;
    int64_t total = 0, largest = 0, coming = 0;

    for (size_t i = 0; i < update->file_count; i++) {
        const struct attachment *file = &update->files[i];

        if (!file->sha256 && file->size > FILES_MAX_BYTES) { /* no platform lets us fetch it */
            say(talk, "too_large", "megabytes", num(talk, FILES_MAX_BYTES >> 20), NULL);
            button(talk, "upload.by_page", "upload:page");
            return true;
        }
        total += MAX(file->size, 0);
        largest = MAX(largest, file->size);
        coming = MAX(coming, file->sha256 ? 0 : file->size);
    }
    const char *why = update->file_count ? quota_refusal(talk, talk->person,
                                                         talk->class ? talk->class->id : 0, largest, total)
                                         : NULL;

    if (!why && update->file_count)
        why = update->no_room ? words(talk, "files.no_room", NULL) : quota_no_room(talk, coming);
    if (why)
        say(talk, "files.refused", "why", why, NULL);
    update->unwanted = why != NULL;
    return why != NULL;
}
