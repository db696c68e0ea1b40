/* 上传: a one-time page for files, for who cannot send them in chat or would rather not. */
#include "bot/school/erase.h"
#include "bot/school/uploads.h"

#include "bot/school/dispatch.h"
#include "bot/school/handler.h"
#include "bot/school/school.h"

static void run(struct talk *talk)
{
    uploads_offer(talk, "", "");
}

static void press_page(struct talk *talk, const char *args)
{
    (void)args;
    uploads_offer(talk, "", "");
}

/* The page's files as if they had been sent in the chat with its caption; in the pool. */
static struct update *as_sent(struct talk *talk, const struct upload *upload)
{
    struct upload_part parts[UPLOAD_FILES];
    size_t count = uploads_parts(talk->store, talk->pool, upload->id, true, parts);
    struct update *update = pool_alloc(talk->pool, sizeof *update);

    *update = *talk->update;
    update->kind = UPDATE_FILES;
    update->text = upload->caption;
    update->action = NULL;
    update->file_count = count;
    for (size_t i = 0; i < count; i++)
        update->files[i] = (struct attachment){
            .name = parts[i].name, .mime = parts[i].type, .size = parts[i].size, .sha256 = parts[i].sha256
        };
    return update;
}

/* The files of a page are handed over, by its button or by the one in the chat. */
static void press_send(struct talk *talk, const char *args)
{
    struct upload upload;
    struct update *said = talk->update, *sent;

    if (!uploads_by_id(talk->store, talk->pool, g_ascii_strtoll(args, NULL, 10), &upload) ||
        upload.person != talk->person || upload.sent) {
        say(talk, "stale", NULL);
        return;
    }
    sent = as_sent(talk, &upload);
    if (sent->file_count == 0) {
        say(talk, "upload.nothing", NULL);
        uploads_refused(talk, upload.id);
        return;
    }
    for (size_t i = 0; i < talk->member_count; i++)
        if (talk->members[i].id == upload.member)
            talk_as(talk, &talk->members[i]);
    talk->update = sent;
    if (dispatch_thing(talk)) {
        uploads_sent(talk, upload.id);
    } else { /* the files stay, for when something is open */
        uploads_refused(talk, upload.id);
        button(talk, "upload.send", "upload:send:%" G_GINT64_FORMAT, upload.id);
        saying_until(talk, upload.until);
    }
    talk->update = said;
}

/* Files were uploaded a while ago and never handed over: most likely the page was closed too early. */
static void unsent(struct talk *talk, int64_t subject, int64_t due)
{
    struct upload upload;
    struct upload_part parts[UPLOAD_FILES];

    (void)due;
    if (!uploads_by_id(talk->store, talk->pool, subject, &upload) || upload.sent)
        return;
    size_t count = uploads_parts(talk->store, talk->pool, subject, true, parts);

    if (count > 0 && tell(talk, upload.person, "upload.unsent", "files", num(talk, (int64_t)count), NULL)) {
        button(talk, "upload.send", "upload:send:%" G_GINT64_FORMAT, subject);
        saying_until(talk, upload.until);
    }
}

/* The server has come up: what a crash left is put away. */
static void on(struct talk *talk, enum event event, int64_t subject)
{
    (void)subject;
    if (event == EVENT_STARTED)
        uploads_sweep(talk);
}

/* A page's time is over. */
static void over(struct talk *talk, int64_t subject, int64_t due)
{
    (void)due;
    uploads_forget(talk, subject);
}

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "DELETE FROM upload_part WHERE upload IN (SELECT id FROM upload WHERE person = ?1)",
    "DELETE FROM upload WHERE person = ?1",
    NULL,
};

const struct handler upload = {
    .name = "upload",
    .commands = { { .name = "upload", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = run, .rank = 55 } },
    .actions = { { .verb = "page", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = press_page },
                 { .verb = "send", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = press_send } },
    .timers = { { .kind = "upload.unsent", .run = unsent }, { .kind = "upload.over", .run = over } },
    .on = on,
    .schema = uploads_schema,
    .erases = erases,
};
