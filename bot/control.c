#include "bot/control.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "bot/core/folder.h"
#include "bot/core/json.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/turn.h"

enum {
    REQUEST_MAX = 256 * 1024,
    ARGS_MAX = 4000,
    SILENCE_SECONDS = 10,
    LOCK_STEP_US = 50 * 1000,
    BACKLOG = 16
};

struct control {
    struct loop *loop;
    struct ev_loop *ev;
    struct turn *turn;
    char *data_dir;
    control_run *run;
    void *data;
    int fd;
    ev_io listening;
    GPtrArray *peers; /* struct peer * */
};

/* One command that came in. */
struct peer {
    struct turn_job job;
    struct control *control; /* NULL: the server stops, nobody waits any more */
    struct loop *loop;
    struct control_later later;
    int fd, exit;
    bool busy; /* its job is in the turn, or what it left is under way */
    ev_io io;
    ev_timer silence;
    GString *in, *out, *err, *answer;
    size_t sent;
};

int control_lock(const char *data_dir, int wait_ms, char **ret_error)
{
    g_autofree char *path = g_build_filename(data_dir, "lock", NULL);
    *ret_error = NULL;
    if (!folder_make(data_dir)) {
        *ret_error = g_strdup_printf("%s: %s", data_dir, g_strerror(errno));
        return -1;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        *ret_error = g_strdup_printf("%s: %s", path, g_strerror(errno));
        return -1;
    }
    for (int waited = 0;; waited += LOCK_STEP_US / 1000) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return fd;
        if (errno != EWOULDBLOCK && errno != EINTR)
            *ret_error = g_strdup_printf("%s: %s", path, g_strerror(errno));
        if (*ret_error || waited >= wait_ms)
            break;
        g_usleep(LOCK_STEP_US);
    }
    close(fd);
    return -1;
}

/* A socket and its address below data_dir; through /proc, because an address holds no long path. -1 on
 * failure. */
static int socket_at(const char *data_dir, struct sockaddr_un *ret, int *ret_folder)
{
    int folder = open(data_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = folder >= 0 ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0) {
        if (folder >= 0)
            close(folder);
        return -1;
    }
    memset(ret, 0, sizeof *ret);
    ret->sun_family = AF_UNIX;
    g_snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/control.sock", folder);
    *ret_folder = folder;
    return fd;
}

static void peer_free(struct peer *peer)
{
    if (peer->control) {
        ev_io_stop(peer->control->ev, &peer->io);
        ev_timer_stop(peer->control->ev, &peer->silence);
        g_ptr_array_remove_fast(peer->control->peers, peer);
    }
    close(peer->fd);
    g_string_free(peer->in, TRUE);
    g_string_free(peer->out, TRUE);
    g_string_free(peer->err, TRUE);
    g_string_free(peer->answer, TRUE);
    g_free(peer);
}

/* Sends what the socket takes of the answer. */
static void on_writable(struct ev_loop *ev, ev_io *io, int events)
{
    struct peer *peer = io->data;
    (void)ev;
    (void)events;
    ssize_t n = send(peer->fd, peer->answer->str + peer->sent, peer->answer->len - peer->sent, MSG_NOSIGNAL);
    if (n > 0)
        peer->sent += (size_t)n;
    if ((n < 0 && errno != EAGAIN && errno != EINTR) || peer->sent == peer->answer->len)
        peer_free(peer);
}

/* Makes the answer and begins to send it. */
static void answer(struct peer *peer)
{
    g_string_printf(peer->answer, "%d %zu %zu\n", peer->exit, peer->out->len, peer->err->len);
    g_string_append_len(peer->answer, peer->out->str, (gssize)peer->out->len);
    g_string_append_len(peer->answer, peer->err->str, (gssize)peer->err->len);
    ev_io_init(&peer->io, on_writable, peer->fd, EV_WRITE);
    ev_io_start(peer->control->ev, &peer->io);
}

/* The words of a request; NULL when it is none. */
static GPtrArray *words_of(const cJSON *request)
{
    const cJSON *args = json_at(request, "args"), *arg;
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    cJSON_ArrayForEach(arg, args)
    {
        if (cJSON_IsString(arg))
            g_ptr_array_add(words, g_strdup(arg->valuestring));
    }
    if (!cJSON_IsArray(args) || words->len < 1 || words->len > ARGS_MAX ||
        (int)words->len != cJSON_GetArraySize(args)) {
        g_ptr_array_unref(words);
        return NULL;
    }
    g_ptr_array_add(words, NULL);
    return words;
}

/* The command itself, inside its job. */
static void run_job(struct turn_job *job)
{
    struct peer *peer = (struct peer *)job;
    g_autoptr(cJSON) request = json_parse(peer->in->str, peer->in->len, 4);
    g_autoptr(GPtrArray) words = request ? words_of(request) : NULL;
    const char *cwd = request ? json_text(request, "cwd") : NULL;
    if (!peer->control)
        return;
    if (!words || !cwd) {
        g_string_assign(peer->err, "the server did not understand the command\n");
        peer->exit = 2;
        return;
    }
    peer->exit = peer->control->run(peer->control->data, cwd, (int)words->len - 1, (char **)words->pdata,
                                    peer->out, peer->err, &peer->later);
}

/* All is done: the answer, when somebody still waits for it. */
static void finish(struct peer *peer)
{
    peer->busy = false;
    if (!peer->control) {
        peer_free(peer);
        return;
    }
    log_info("control.command", "exit=%d", peer->exit);
    answer(peer);
}

/* What was left is over, whole or given up. */
static void end_later(void *data)
{
    struct peer *peer = data;
    peer->exit = peer->later.end(peer->later.data, peer->out, peer->err);
    finish(peer);
}

static void work_later(void *data)
{
    struct peer *peer = data;
    peer->later.work(peer->later.data);
}

/* One slice on the loop; nobody waits any more when the server stops. */
static void slice_later(void *data)
{
    struct peer *peer = data;
    if (peer->control && peer->later.slice && !peer->later.slice(peer->later.data))
        loop_later(peer->loop, 1, slice_later, peer);
    else if (peer->control && peer->later.work)
        loop_work(peer->loop, work_later, end_later, peer);
    else
        end_later(peer);
}

int control_finish(struct control_later *later, int exit, GString *out, GString *err)
{
    if (!later->end)
        return exit;
    while (later->slice && !later->slice(later->data))
        continue;
    if (later->work)
        later->work(later->data);
    return later->end(later->data, out, err);
}

static void job_done(struct turn_job *job, enum turn_end end)
{
    struct peer *peer = (struct peer *)job;
    if (end == TURN_DURABLE && peer->later.end) {
        slice_later(peer);
        return;
    }
    if (peer->later.end)
        peer->later.end(peer->later.data, peer->out, peer->err);
    if (end != TURN_DURABLE) {
        g_string_truncate(peer->out, 0);
        g_string_assign(peer->err, "the store refused it; nothing was changed\n");
        peer->exit = 1;
    }
    finish(peer);
}

static void on_silence(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev;
    (void)events;
    peer_free(timer->data);
}

/* Collects the line; when it is whole the command goes into the turn. */
static void on_readable(struct ev_loop *ev, ev_io *io, int events)
{
    struct peer *peer = io->data;
    char buffer[4096];
    (void)events;
    ssize_t n = recv(peer->fd, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || peer->in->len + (size_t)n > REQUEST_MAX) {
        peer_free(peer);
        return;
    }
    g_string_append_len(peer->in, buffer, n);
    char *end = memchr(peer->in->str, '\n', peer->in->len);
    if (!end)
        return;
    g_string_truncate(peer->in, (gsize)(end - peer->in->str));
    ev_io_stop(ev, &peer->io);
    ev_timer_stop(ev, &peer->silence);
    peer->job.run = run_job;
    peer->job.done = job_done;
    peer->busy = true;
    turn_add(peer->control->turn, &peer->job);
}

/* True when the other side is the same user or root. */
static bool may_speak(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           (who.uid == geteuid() || who.uid == 0);
}

static void on_listening(struct ev_loop *ev, ev_io *io, int events)
{
    struct control *control = io->data;
    (void)events;
    int fd = accept4(control->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (!may_speak(fd)) {
        close(fd);
        return;
    }
    struct peer *peer = g_new0(struct peer, 1);
    peer->control = control;
    peer->loop = control->loop;
    peer->fd = fd;
    peer->in = g_string_new(NULL);
    peer->out = g_string_new(NULL);
    peer->err = g_string_new(NULL);
    peer->answer = g_string_new(NULL);
    g_ptr_array_add(control->peers, peer);
    ev_io_init(&peer->io, on_readable, fd, EV_READ);
    peer->io.data = peer;
    ev_io_start(ev, &peer->io);
    ev_timer_init(&peer->silence, on_silence, SILENCE_SECONDS, 0);
    peer->silence.data = peer;
    ev_timer_start(ev, &peer->silence);
}

struct control *control_start(struct loop *loop, struct turn *turn, const char *data_dir, control_run *run,
                              void *data, char **ret_error)
{
    struct sockaddr_un address;
    int folder, fd = socket_at(data_dir, &address, &folder);
    if (fd < 0) {
        *ret_error = g_strdup_printf("%s/control.sock: %s", data_dir, g_strerror(errno));
        return NULL;
    }
    unlink(address.sun_path); /* of a server that was killed: whoever holds the lock may */
    mode_t mask = umask(077);
    bool listening = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0 &&
                     fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
    int why = errno;
    umask(mask);
    close(folder);
    if (!listening) {
        *ret_error = g_strdup_printf("%s/control.sock: %s", data_dir, g_strerror(why));
        close(fd);
        return NULL;
    }
    struct control *control = g_new0(struct control, 1);
    control->loop = loop;
    control->ev = loop_ev(loop);
    control->turn = turn;
    control->data_dir = g_strdup(data_dir);
    control->run = run;
    control->data = data;
    control->fd = fd;
    control->peers = g_ptr_array_new();
    ev_io_init(&control->listening, on_listening, fd, EV_READ);
    control->listening.data = control;
    ev_io_start(control->ev, &control->listening);
    return control;
}

void control_stop(struct control *control)
{
    if (!control)
        return;
    g_autofree char *path = g_build_filename(control->data_dir, "control.sock", NULL);
    ev_io_stop(control->ev, &control->listening);
    close(control->fd);
    unlink(path);
    while (control->peers->len) {
        struct peer *peer = control->peers->pdata[0];
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): peer_free takes it out of the list
        if (!peer->busy) {
            peer_free(peer);
            continue;
        }
        g_ptr_array_remove_index_fast(control->peers,
                                      0); /* the turn still has it, and frees it when it is done */
        peer->control = NULL;
    }
    g_ptr_array_unref(control->peers);
    g_free(control->data_dir);
    g_free(control);
}

/* Sends all of a text. */
static bool send_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

/* Takes an answer apart; -1 when it is not whole. */
static int read_answer(const GString *answer, GString *out, GString *err)
{
    const char *end = memchr(answer->str, '\n', answer->len);
    if (!end)
        return -1;
    char *at;
    guint64 exit = g_ascii_strtoull(answer->str, &at, 10);
    guint64 out_len = g_ascii_strtoull(at, &at, 10), err_len = g_ascii_strtoull(at, &at, 10);
    size_t rest = answer->len - (size_t)(end + 1 - answer->str);
    if (at != end || exit > 255 || out_len > rest || err_len != rest - out_len)
        return -1;
    g_string_append_len(out, end + 1, (gssize)out_len);
    g_string_append_len(err, end + 1 + out_len, (gssize)err_len);
    return (int)exit;
}

int control_call(const char *data_dir, int argc, char **argv, GString *out, GString *err)
{
    struct sockaddr_un address;
    int folder, fd = socket_at(data_dir, &address, &folder);
    if (fd < 0)
        return -1;
    struct timeval patience = { .tv_sec = CONTROL_PATIENCE_S };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* to connect to a full queue, too */
    bool connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(folder);
    g_autoptr(GString) text = g_string_new("{\"args\":[");
    g_autofree char *cwd = g_get_current_dir();
    for (int i = 0; i < argc; i++) {
        if (i)
            g_string_append_c(text, ',');
        json_put(text, argv[i]);
    }
    g_string_append(text, "],\"cwd\":");
    json_put(text, cwd);
    g_string_append(text, "}\n");
    int exit = -1;
    if (connected && send_all(fd, text->str, text->len)) {
        char buffer[65536];
        ssize_t n;
        g_string_truncate(text, 0);
        while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0 || (n < 0 && errno == EINTR))
            if (n > 0)
                g_string_append_len(text, buffer, n);
        exit = read_answer(text, out, err);
    }
    close(fd);
    return exit;
}
