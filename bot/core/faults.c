#include "bot/core/faults.h"

#include <string.h>

GPtrArray *faults_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

void faults_add(GPtrArray *faults, const char *file, int line, int column, const char *fmt, ...)
{
    GString *text = g_string_new(file);
    if (line > 0)
        g_string_append_printf(text, ":%d", line);
    if (line > 0 && column > 0)
        g_string_append_printf(text, ":%d", column);
    g_string_append(text, ": ");
    va_list args;
    va_start(args, fmt);
    g_string_append_vprintf(text, fmt, args);
    va_end(args);
    g_strdelimit(text->str, "\r\n", ' '); /* one fault, one line, whatever the file holds */
    g_ptr_array_add(faults, g_string_free(text, FALSE));
}

enum { WORD_MAX = 40 };

/* How many letters must be put in, taken out or replaced to make one word of the other. */
static int distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    if (m > WORD_MAX || n > WORD_MAX)
        return WORD_MAX;
    int row[WORD_MAX + 1];
    for (size_t j = 0; j <= n; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= m; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= n; j++) {
            int replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[n];
}

const char *faults_nearest(const char *word, const char *const *words)
{
    const char *best = NULL;
    int len = (int)strlen(word),
        least = len < 3 ? 1 : MAX(2, len / 3) + 1; /* short words are near to everything */
    for (; *words; words++) {
        int d = distance(word, *words);
        if (d < least) {
            least = d;
            best = *words;
        }
    }
    return best;
}
