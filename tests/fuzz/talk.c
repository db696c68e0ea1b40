/* A class in which anybody says anything: each line of the input is a message of one of its people, as typed
 * ("1签到"), a button ("2!signin:open:5") or a whole request body ("3{…}"). Commands, natural times, forms,
 * dialogs and buttons all come this way. The store begins anew with every input, so that what is found can be
 * found again. */
#include <string.h>

#include "bot/core/json.h"
#include "tests/fuzz/world.h"

enum { LINES = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One line: who says it, then what. */
static void play_line(struct world *world, const char *line, size_t len)
{
    const char *account = world->accounts[(uint8_t)line[0] % WORLD_PEOPLE];
    g_autofree char *rest = g_utf8_make_valid(line + 1, (gssize)len - 1);

    if (rest[0] == '!') {
        world_say(world, account, "action", rest[1] ? rest + 1 : world->action ? world->action : "");
    } else if (rest[0] == '{') {
        g_autoptr(cJSON) body = json_parse(line + 1, len - 1, 16);

        if (body)
            world_send(world, body, account);
    } else {
        world_say(world, account, "text", rest);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world *world;
    const char *at = (const char *)data, *end = at + size;

    if (!world) {
        world = world_open();
        world_keep(world);
    }
    for (int lines = 0; at < end && lines < LINES; lines++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);

        if (len > 1)
            play_line(world, at, len);
        at += len + 1;
    }
    world_restore(world);
    return 0;
}
