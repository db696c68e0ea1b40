/* Files that people sent: getFile gives a path that is good for an hour, behind it lie the bytes. At most 20
 * MB can be had this way; what is larger is gone for us. */
#include "bot/platform/telegram_private.h"

#include <string.h>

#include "bot/core/json.h"

enum { DOWNLOAD_MS = 120000 };

/* One file being fetched. */
struct fetching {
    struct telegram *t;
    int64_t file;
    char *name; /* the last part of its path there */
    GList link; /* in t->fetching */
};

static void fetching_free(struct fetching *f)
{
    g_queue_unlink(&f->t->fetching, &f->link);
    g_free(f->name);
    g_free(f);
}

static void end(struct fetching *f, bool ok, bool gone, const struct fetch_answer *answer)
{
    files_fetched(f->t->at.files, f->file, ok, gone, ok ? answer->body : NULL, ok ? answer->len : 0,
                  ok ? f->name : NULL, ok ? answer->type : NULL);
    fetching_free(f);
}

static void downloaded(void *data, const struct fetch_answer *answer)
{
    end(data, answer->status == 200, false, answer);
}

/* The address of the bytes; NULL when the path is none that Telegram would give. */
static char *address(struct telegram *t, const char *path)
{
    if (!path || !*path || *path == '/' || strstr(path, "..") || strlen(path) > 512)
        return NULL;
    g_autofree char *escaped = g_uri_escape_string(path, "/", FALSE);
    return g_strconcat(t->file_url, escaped, NULL);
}

static void located(void *data, const struct fetch_answer *answer)
{
    struct fetching *f = data;
    struct telegram_verdict v = telegram_judge(answer);
    if (v.outcome != OUTCOME_SENT) {
        end(f, false, v.outcome == OUTCOME_INVALID || v.outcome == OUTCOME_REFUSED, NULL);
        return;
    }
    g_autoptr(cJSON) json = json_parse(answer->body, answer->len, TELEGRAM_DEPTH);
    const char *path = json_text(json, "result.file_path");
    int64_t size;
    g_autofree char *url = address(f->t, path);
    if (!url || (json_int(json, "result.file_size", &size) && size > FILES_MAX_BYTES)) {
        end(f, false, true, NULL);
        return;
    }
    const char *slash = strrchr(path, '/');
    f->name = g_strdup(slash ? slash + 1 : path);
    fetch_start(f->t->at.fetch, &(struct fetch_request){ .url = url,
                                                         .max_answer = FILES_MAX_BYTES,
                                                         .timeout_ms = DOWNLOAD_MS,
                                                         .done = downloaded,
                                                         .data = f });
}

static void fetch_file(void *self, int64_t file, const char *remote)
{
    struct telegram *t = self;
    struct fetching *f = g_new0(struct fetching, 1);
    *f = (struct fetching){ .t = t, .file = file };
    f->link.data = f;
    g_queue_push_tail_link(&t->fetching, &f->link);
    g_string_assign(t->body, "{\"file_id\":");
    json_put(t->body, remote);
    g_string_append_c(t->body, '}');
    telegram_call(t, TELEGRAM_GET_FILE, t->body->str, t->body->len, 0, located, f);
}

void telegram_files_init(struct telegram *t)
{
    files_fetcher(t->at.files, PLATFORM_TELEGRAM, fetch_file, t);
}

void telegram_files_end(struct telegram *t)
{
    while (t->fetching.head)
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it takes itself out of the queue
        fetching_free(t->fetching.head->data);
}
