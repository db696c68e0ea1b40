/* What a file is called: a name that is safe to show and says its type truly. */
#include "bot/core/files.h"

#include <string.h>

enum { NAME_MAX_BYTES = 200 };

/* The endings that files of a type may have; the first one is put behind a name that lies. */
static const char *const endings[][2] = {
    { "image/png", "png" },
    { "image/jpeg", "jpg jpeg jpe jfif" },
    { "image/gif", "gif" },
    { "image/webp", "webp" },
    { "image/heic", "heic heif" },
    { "application/pdf", "pdf" },
    { "application/x-ole-storage", "doc xls ppt wps et dps msg" },
    { "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx docm dotx" },
    { "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx xlsm xltx" },
    { "application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx pptm ppsx" },
    { "application/zip", "zip docx xlsx pptx odt ods odp epub apk" },
    { "application/vnd.rar", "rar" },
    { "application/x-7z-compressed", "7z" },
    { "application/gzip", "gz tgz" },
    { "audio/mp4", "m4a mp4" },
    { "video/quicktime", "mov qt" },
    { "video/mp4", "mp4 m4v mov 3gp m4a" },
    { "video/webm", "webm mkv mka" },
    { "audio/amr", "amr" },
    { "audio/ogg", "ogg oga opus ogv" },
    { "audio/mpeg", "mp3" },
    { "audio/wav", "wav" },
    { "text/plain", "txt" },
    { "application/octet-stream", "bin" },
};

/* Whether `ending` is one of a list. */
static bool is_of(const char *list, const char *ending)
{
    g_auto(GStrv) known = g_strsplit(list, " ", -1);

    return g_strv_contains((const char *const *)known, ending);
}

/* Whether any type has that ending: then it promises something. */
static bool promises(const char *ending)
{
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
        if (is_of(endings[i][1], ending))
            return true;
    return false;
}

/* The ending that a name needs to tell the type truly; NULL when it does already. */
static const char *needed(const char *name, const char *type)
{
    const char *dot = strrchr(name, '.'), *of_type = NULL;
    g_autofree char *ending = g_ascii_strdown(dot ? dot + 1 : "", -1);

    for (size_t i = 0; i < G_N_ELEMENTS(endings) && !of_type; i++)
        if (strcmp(endings[i][0], type) == 0)
            of_type = endings[i][1];
    if (!of_type || is_of(of_type, ending))
        return NULL;
    bool vague = !strcmp(type, "text/plain") || !strcmp(type, "application/octet-stream");

    return vague && !promises(ending) ? NULL : of_type;
}

char *files_named(const char *name, const char *type)
{
    const char *slash = name ? MAX(strrchr(name, '/'), strrchr(name, '\\')) : NULL;
    g_autofree char *valid = g_utf8_make_valid(slash ? slash + 1 : name ? name : "", -1);
    GString *clean = g_string_new(NULL);

    for (const char *at = valid; *at && clean->len < NAME_MAX_BYTES; at = g_utf8_next_char(at))
        if (g_unichar_isprint(g_utf8_get_char(at)))
            g_string_append_unichar(clean, g_utf8_get_char(at));
    const char *ending = clean->len && type ? needed(clean->str, type) : NULL;

    if (ending)
        g_string_append_printf(clean, ".%.*s", (int)strcspn(ending, " "), ending);
    return g_string_free(clean, FALSE);
}
