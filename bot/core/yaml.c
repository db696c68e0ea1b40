#include "bot/core/yaml.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "bot/core/yaml_private.h"
#include "bot/core/faults.h"

enum { FILE_MAX = 1024 * 1024, DEPTH_MAX = 32 };

static struct yaml *parse_node(struct yaml_root *, struct fy_parser *, struct fy_event *, int depth);

void yaml_fault(const struct yaml *node, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_autofree char *what = g_strdup_vprintf(fmt, args);
    va_end(args);
    faults_add(node->root->faults, node->root->file, node->line, node->column, "%s", what);
}

static struct yaml *node_new(struct yaml_root *root, enum yaml_kind kind, const struct fy_mark *mark)
{
    struct yaml *node = g_new0(struct yaml, 1);
    node->root = root;
    node->kind = kind;
    node->line = mark ? mark->line + 1 : 1;
    node->column = mark ? mark->column + 1 : 1;
    node->items = g_ptr_array_new();
    node->keys = g_ptr_array_new();
    g_ptr_array_add(root->nodes, node);
    return node;
}

/* Puts environment variables in place of ${NAME}; remembers the first that is not set. */
static void substitute(struct yaml *node)
{
    const char *at = node->text, *open;
    if (!strstr(at, "${"))
        return;
    GString *out = g_string_new(NULL);
    while ((open = strstr(at, "${"))) {
        size_t len = strspn(open + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
        g_string_append_len(out, at, open - at);
        if (len == 0 || open[2 + len] != '}') {
            g_string_append(out, "${");
            at = open + 2;
            continue;
        }
        g_autofree char *name = g_strndup(open + 2, len);
        const char *value = g_getenv(name);
        if (value)
            g_string_append(out, value);
        else if (!node->unset)
            node->unset = g_strdup(name);
        node->quoted = false;
        node->filled = true;
        at = open + 3 + len;
    }
    g_string_append(out, at);
    g_free(node->text);
    node->text = g_string_free(out, FALSE);
}

static struct yaml *parse_scalar(struct yaml_root *root, struct fy_event *event)
{
    struct yaml *node = node_new(root, YAML_TEXT, fy_event_start_mark(event));
    size_t len = 0;
    const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &len) : NULL;
    node->text = text ? g_strndup(text, len) : g_strdup("");
    node->quoted = event->scalar.value && fy_token_scalar_style(event->scalar.value) != FYSS_PLAIN;
    enum fy_scalar_style style = node->quoted ? fy_token_scalar_style(event->scalar.value) : FYSS_PLAIN;
    if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
        node->column--; /* the library points behind the quotation mark */
    node->null = !node->quoted && (!*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null"));
    if (event->scalar.anchor || event->scalar.tag)
        yaml_fault(node, "anchors and tags are not read here");
    else if (text && memchr(text, '\0', len))
        yaml_fault(node, "a NUL character");
    substitute(node);
    return node;
}

/* Reads the entries of a map or list up to its end; false when the parser failed. */
static bool parse_entries(struct yaml_root *root, struct fy_parser *parser, struct yaml *node, int depth)
{
    enum fy_event_type end = node->kind == YAML_MAP ? FYET_MAPPING_END : FYET_SEQUENCE_END;
    for (;;) {
        struct fy_event *event = fy_parser_parse(parser);
        if (!event)
            return false;
        if (event->type == end) {
            fy_parser_event_free(parser, event);
            return true;
        }
        struct yaml *entry = parse_node(root, parser, event, depth + 1);
        if (!entry)
            return false;
        if (node->kind == YAML_LIST) {
            g_ptr_array_add(node->items, entry);
            continue;
        }
        struct fy_event *next = fy_parser_parse(parser);
        struct yaml *value = next ? parse_node(root, parser, next, depth + 1) : NULL;
        if (!value)
            return false;
        if (entry->kind != YAML_TEXT)
            yaml_fault(entry, "a key must be a word");
        else if (yaml_find(node, entry->text))
            yaml_fault(entry, "\"%s\" is here for the second time", entry->text);
        else {
            g_ptr_array_add(node->keys, entry);
            g_ptr_array_add(node->items, value);
        }
    }
}

/* The node that begins with `event`, which is freed; NULL when the parser failed or it is too deep. */
static struct yaml *parse_node(struct yaml_root *root, struct fy_parser *parser, struct fy_event *event,
                               int depth)
{
    struct yaml *node = NULL;
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (event->type == FYET_SCALAR) {
        node = parse_scalar(root, event);
    } else if (event->type == FYET_ALIAS) {
        node = node_new(root, YAML_TEXT, mark);
        node->text = g_strdup("");
        yaml_fault(node, "aliases are not read here");
    } else if (event->type == FYET_MAPPING_START || event->type == FYET_SEQUENCE_START) {
        node = node_new(root, event->type == FYET_MAPPING_START ? YAML_MAP : YAML_LIST, mark);
        if (depth >= DEPTH_MAX) {
            yaml_fault(node, "nested too deeply");
            fy_parser_event_free(parser, event);
            root->told = true;
            return NULL;
        }
        fy_parser_event_free(parser, event);
        return parse_entries(root, parser, node, depth) ? node : NULL;
    }
    fy_parser_event_free(parser, event);
    return node;
}

/* Reads the whole stream: one document with a map at its top. */
static bool parse_stream(struct yaml_root *root, struct fy_parser *parser)
{
    struct fy_event *event;
    while ((event = fy_parser_parse(parser))) {
        enum fy_event_type type = event->type;
        if (type == FYET_STREAM_END) {
            fy_parser_event_free(parser, event);
            return true;
        }
        if (type == FYET_STREAM_START || type == FYET_DOCUMENT_START || type == FYET_DOCUMENT_END) {
            fy_parser_event_free(parser, event);
            continue;
        }
        struct yaml *node = parse_node(root, parser, event, 0);
        if (!node)
            return false;
        if (root->top)
            yaml_fault(node, "a second document; one file holds one");
        else
            root->top = node;
    }
    return false;
}

/* Tells the parser's own words about what it could not read. */
static void tell_syntax(struct yaml_root *root, struct fy_diag *diag)
{
    struct fy_diag_error *error;
    void *at = NULL;
    bool told = root->told;
    while ((error = fy_diag_errors_iterate(diag, &at))) {
        faults_add(root->faults, root->file, error->line, error->column, "%s", error->msg);
        told = true;
    }
    if (!told)
        faults_add(root->faults, root->file, 1, 1, "not readable as YAML");
}

struct yaml_root *yaml_parse(const char *name, const char *text, size_t len, GPtrArray *faults)
{
    const char *bad;
    if (!g_utf8_validate(text, (gssize)len, &bad)) {
        int line = 1;
        for (const char *p = text; p < bad; p++)
            line += *p == '\n';
        faults_add(faults, name, line, 0, "not UTF-8");
        return NULL;
    }
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    struct fy_diag *diag = fy_diag_create(&diag_config);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg config = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag };
    struct fy_parser *parser = fy_parser_create(&config);
    struct yaml_root *root = g_new0(struct yaml_root, 1);
    root->file = g_strdup(name);
    root->faults = faults;
    root->nodes = g_ptr_array_new();
    bool read = parser && !fy_parser_set_string(parser, text, len) && parse_stream(root, parser);
    if (!read)
        tell_syntax(root, diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    if (read && (!root->top || root->top->kind != YAML_MAP)) {
        faults_add(faults, name, 1, 1, "a map of keys and values is wanted");
        read = false;
    }
    if (!read) {
        yaml_free(root);
        return NULL;
    }
    return root;
}

struct yaml_root *yaml_read(const char *file, GPtrArray *faults)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize len;
    if (!g_file_get_contents(file, &text, &len, &error)) {
        faults_add(faults, file, 0, 0, "%s", error->message);
        return NULL;
    }
    if (len > FILE_MAX) {
        faults_add(faults, file, 0, 0, "larger than 1 MiB");
        return NULL;
    }
    return yaml_parse(file, text, len, faults);
}

void yaml_free(struct yaml_root *root)
{
    if (!root)
        return;
    for (guint i = 0; i < root->nodes->len; i++) {
        struct yaml *node = root->nodes->pdata[i];
        g_ptr_array_unref(node->items);
        g_ptr_array_unref(node->keys);
        g_free(node->text);
        g_free(node->unset);
        g_free(node);
    }
    g_ptr_array_unref(root->nodes);
    g_free(root->file);
    g_free(root);
}
