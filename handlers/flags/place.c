/* The place check: a location sent while a sitting can be signed in to, against where the class meets. What
 * is kept of it is the distance, and only of one that is too far. */
#include <math.h>

#include "bot/school/sitting.h"
#include "handlers/flags/flags.h"

#define EARTH_METRES 6371008.8

static double radians(double degrees)
{
    return degrees * G_PI / 180;
}

/* Metres between the class and a point, along the surface (haversine). */
static int64_t metres_from(const struct class *class, double lat, double lon)
{
    double up = sin(radians(lat - class->place_lat) / 2), along = sin(radians(lon - class->place_lon) / 2);
    double a = up * up + cos(radians(class->place_lat)) * cos(radians(lat)) * along * along;

    return (int64_t)llround(2 * EARTH_METRES * asin(sqrt(CLAMP(a, 0, 1))));
}

/* The speaker's membership as a trainee of a class with a place whose sitting is on; NULL none. */
static const struct member *sitting_at_place(struct talk *talk, struct sitting *ret)
{
    for (size_t i = 0; i < talk->member_count; i++) {
        const struct member *member = &talk->members[i];
        const struct class *class = member->role == ROLE_TRAINEE ? class_by_id(talk, member->class_id) : NULL;

        if (class && class->place_radius > 0 && sitting_theirs(talk, member, talk->moment, ret))
            return member;
    }
    return NULL;
}

bool flags_hear_place(struct talk *talk)
{
    const struct update *update = talk->update;
    struct sitting sitting;
    const struct member *member =
        update->kind == UPDATE_LOCATION && !update->group ? sitting_at_place(talk, &sitting) : NULL;

    if (!member)
        return false;
    talk_as(talk, member);
    int64_t metres = metres_from(talk->class, update->lat, update->lon);

    if (metres <= talk->class->place_radius) {
        say(talk, "place.here", NULL);
        return true;
    }
    struct flag flag = { .class_id = talk->class->id,
                         .sitting = sitting.id,
                         .kind = "place",
                         .members = num(talk, member->id),
                         .count = metres,
                         .of = talk->class->place_radius };

    flags_raise(talk, &flag, FLAG_TEACHERS);
    say(talk, "place.far", NULL);
    return true;
}
