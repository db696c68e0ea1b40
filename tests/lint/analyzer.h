/* Told to gcc's -fanalyzer of every file: what of GLib gives memory, never NULL, and what takes it back. */
#pragma once
#include <glib.h>

#define GIVES(back) __attribute__((malloc(back, 1), returns_nonnull))

gpointer g_malloc(gsize) GIVES(g_free);
gpointer g_malloc0(gsize) GIVES(g_free);
gpointer g_malloc_n(gsize, gsize) GIVES(g_free);
gpointer g_malloc0_n(gsize, gsize) GIVES(g_free);
gchar *g_strdup_printf(const gchar *, ...) GIVES(g_free);
gchar *g_strdup_vprintf(const gchar *, va_list) GIVES(g_free);
gchar *g_strconcat(const gchar *, ...) GIVES(g_free);
gchar *g_strjoinv(const gchar *, gchar **) GIVES(g_free);
gchar *g_build_filename(const gchar *, ...) GIVES(g_free);
