#include "bot/school/roles.h"

#include <glib.h>
#include <string.h>

static const struct {
    int role;
    const char *name; /* the first of a role is the one that is written */
} names[] = {
    { ROLE_TRAINEE, "trainee" },      { ROLE_MENTOR, "mentor" },     { ROLE_DUTY, "duty-teacher" },
    { ROLE_LEADER, "school-leader" }, { ROLE_LECTURER, "lecturer" }, { ROLE_ORGANISER, "organiser" },
    { ROLE_BUREAU, "bureau" },        { ROLE_TRAINEE, "学员" },      { ROLE_MENTOR, "导师" },
    { ROLE_MENTOR, "企业导师" },      { ROLE_DUTY, "带班老师" },     { ROLE_LEADER, "带队老师" },
    { ROLE_LECTURER, "讲师" },        { ROLE_ORGANISER, "承办" },    { ROLE_ORGANISER, "承办方" },
    { ROLE_ORGANISER, "organizer" },  { ROLE_BUREAU, "商务局" },
};

const char *role_name(int role)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (names[i].role == role)
            return names[i].name;
    return "";
}

int role_parse(const char *name, size_t len)
{
    g_autofree char *copy = g_strstrip(g_strndup(name, len));
    g_autofree char *lower = g_ascii_strdown(copy, -1);
    g_strdelimit(lower, " _", '-');
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (!strcmp(names[i].name, lower))
            return names[i].role;
    return 0;
}
