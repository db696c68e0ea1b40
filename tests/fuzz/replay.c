/* An ordinary main for a fuzz target: feeds it every file of a folder, so that `make test` replays what once
 * crashed. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Replays every file of the folder argv[1]; a folder that is not there holds nothing yet. */
int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    g_autoptr(GDir) folder = g_dir_open(argv[1], 0, NULL);
    unsigned played = 0;
    for (const char *name; folder && (name = g_dir_read_name(folder)); played++) {
        g_autofree char *path = g_build_filename(argv[1], name, NULL);
        g_autofree char *data = NULL;
        gsize size = 0;
        if (!g_file_get_contents(path, &data, &size, NULL)) {
            fprintf(stderr, "%s cannot be read\n", path);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)data, size);
    }
    printf("%s: %u inputs replayed\n", argv[0], played);
    return 0;
}
