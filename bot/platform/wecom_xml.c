#include "bot/platform/wecom_xml.h"

#include <expat.h>
#include <glib.h>
#include <limits.h>
#include <string.h>

#include "bot/core/log.h"

struct element {
    size_t path, text; /* where they begin in `texts` */
};

struct wecom_xml {
    XML_Parser parser;
    GString *path;  /* of the element being read, without the root */
    GString *text;  /* of the element being read */
    GString *texts; /* all paths and texts so far, each ended by NUL */
    GArray *elements;
    size_t count; /* with those that have children */
    int depth;
    bool leaf; /* no child so far */
    bool refused;
};

/* Ends the parsing at once: what follows is not even looked at. */
static void refuse(struct wecom_xml *x)
{
    x->refused = true;
    XML_StopParser(x->parser, XML_FALSE);
}

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct wecom_xml *x = data;
    (void)attributes;
    if (x->depth == 0 && strcmp(name, "xml") != 0) {
        refuse(x);
        return;
    }
    if (x->depth > 0) {
        if (x->path->len)
            g_string_append_c(x->path, '/');
        g_string_append(x->path, name);
    }
    x->depth++;
    x->count++;
    x->leaf = true;
    g_string_truncate(x->text, 0);
    if (x->depth > WECOM_XML_DEPTH || x->count > WECOM_XML_ELEMENTS || x->path->len > WECOM_XML_PATH)
        refuse(x);
}

static void on_end(void *data, const XML_Char *name)
{
    struct wecom_xml *x = data;
    (void)name;
    if (x->leaf && x->depth > 1) {
        struct element e = { .path = x->texts->len };
        g_string_append_len(x->texts, x->path->str, (gssize)x->path->len + 1);
        e.text = x->texts->len;
        g_string_append_len(x->texts, x->text->str, (gssize)x->text->len + 1);
        g_array_append_val(x->elements, e);
    }
    const char *slash = strrchr(x->path->str, '/');
    g_string_truncate(x->path, slash ? (gsize)(slash - x->path->str) : 0);
    x->depth--;
    x->leaf = false;
}

static void on_text(void *data, const XML_Char *text, int len)
{
    struct wecom_xml *x = data;
    if (x->leaf)
        g_string_append_len(x->text, text, len);
}

static void on_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                       int subset)
{
    (void)name, (void)system, (void)public, (void)subset;
    refuse(data);
}

struct wecom_xml *wecom_xml_new(void)
{
    struct wecom_xml *x = g_new0(struct wecom_xml, 1);
    x->parser = XML_ParserCreate("UTF-8");
    if (!x->parser)
        BUG("no memory for expat");
    x->path = g_string_new(NULL);
    x->text = g_string_new(NULL);
    x->texts = g_string_new(NULL);
    x->elements = g_array_new(false, false, sizeof(struct element));
    return x;
}

void wecom_xml_free(struct wecom_xml *x)
{
    if (!x)
        return;
    XML_ParserFree(x->parser);
    g_string_free(x->path, true);
    g_string_free(x->text, true);
    g_string_free(x->texts, true);
    g_array_unref(x->elements);
    g_free(x);
}

bool wecom_xml_parse(struct wecom_xml *x, const char *text, size_t len)
{
    g_string_truncate(x->path, 0);
    g_string_truncate(x->text, 0);
    g_string_truncate(x->texts, 0);
    g_array_set_size(x->elements, 0);
    x->count = 0;
    x->depth = 0;
    x->leaf = false;
    x->refused = len > INT_MAX;
    if (x->refused)
        return false;
    XML_ParserReset(x->parser, "UTF-8"); /* also forgets the handlers */
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    bool whole = XML_Parse(x->parser, text, (int)len, XML_TRUE) == XML_STATUS_OK && !x->refused;
    if (!whole)
        g_array_set_size(x->elements, 0);
    return whole;
}

const char *wecom_xml_nth(const struct wecom_xml *x, const char *path, size_t n)
{
    for (guint i = 0; i < x->elements->len; i++) {
        const struct element *e = &g_array_index(x->elements, struct element, i);
        if (g_ascii_strcasecmp(x->texts->str + e->path, path) == 0 && n-- == 0)
            return x->texts->str + e->text;
    }
    return NULL;
}

const char *wecom_xml_get(const struct wecom_xml *x, const char *path)
{
    return wecom_xml_nth(x, path, 0);
}
