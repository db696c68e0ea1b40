/* The moments at which a process may end that matter, found by standing before the functions that make them
 * (ld --wrap): the product's objects are linked as they are. */
#include <archive.h>
#include <microhttpd.h>
#include <sqlite3.h>

#include "bot/core/outbox_private.h"
#include "tests/faults/plan.h"

static bool answering; /* a response was queued and not yet handed to the network */
static bool marking;   /* the record of an outcome waits for its commit */

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's --wrap names them so
struct store *__real_store_open(const char *, GError **);
struct store *__wrap_store_open(const char *, GError **);
bool __real_store_commit(struct store *);
bool __wrap_store_commit(struct store *);
enum MHD_Result __real_MHD_queue_response(struct MHD_Connection *, unsigned, struct MHD_Response *);
enum MHD_Result __wrap_MHD_queue_response(struct MHD_Connection *, unsigned, struct MHD_Response *);
enum MHD_Result __real_MHD_run(struct MHD_Daemon *);
enum MHD_Result __wrap_MHD_run(struct MHD_Daemon *);
void __real_outbox_outcome(struct outbox *, struct platform *, struct delivery *, enum outcome,
                           const struct outcome_detail *);
void __wrap_outbox_outcome(struct outbox *, struct platform *, struct delivery *, enum outcome,
                           const struct outcome_detail *);
void __real_records_flush(struct outbox *, int64_t);
void __wrap_records_flush(struct outbox *, int64_t);
int __real_archive_read_free(struct archive *);
int __wrap_archive_read_free(struct archive *);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

struct store *__wrap_store_open(const char *path, GError **error)
{
    const char *settings = g_getenv("BANZHANG_FAULTS_SQL"); /* a small cache, frequent checkpoints */

    if (g_getenv("BANZHANG_FAULTS"))
        faults_in_files();
    struct store *store = __real_store_open(path, error);

    if (store && settings)
        sqlite3_exec(store_handle(store), settings, NULL, NULL, NULL);
    return store;
}

bool __wrap_store_commit(struct store *store)
{
    fault_point(POINT_COMMIT_BEFORE);
    bool ok = __real_store_commit(store);

    fault_point(POINT_COMMIT_AFTER);
    if (marking && ok)
        fault_point(POINT_MARK_AFTER);
    marking = false;
    return ok;
}

enum MHD_Result __wrap_MHD_queue_response(struct MHD_Connection *connection, unsigned status,
                                          struct MHD_Response *response)
{
    fault_point(POINT_ANSWER_BEFORE);
    answering = true;
    return __real_MHD_queue_response(connection, status, response);
}

enum MHD_Result __wrap_MHD_run(struct MHD_Daemon *daemon)
{
    enum MHD_Result result = __real_MHD_run(daemon);

    if (answering)
        fault_point(POINT_ANSWER_AFTER);
    answering = false;
    return result;
}

void __wrap_outbox_outcome(struct outbox *o, struct platform *platform, struct delivery *delivery,
                           enum outcome outcome, const struct outcome_detail *detail)
{
    fault_point(POINT_OUTCOME);
    __real_outbox_outcome(o, platform, delivery, outcome, detail);
}

void __wrap_records_flush(struct outbox *o, int64_t now)
{
    guint before = o->batch->len;

    __real_records_flush(o, now);
    if (o->batch->len > before) {
        fault_point(POINT_MARK_BEFORE);
        marking = true;
    }
}

int __wrap_archive_read_free(struct archive *archive)
{
    fault_point(POINT_BACKUP_READ);
    return __real_archive_read_free(archive);
}
