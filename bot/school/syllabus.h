/* A syllabus file: 课程主题,大纲,实施模式,考核. Each theme makes a homework draft. */
#ifndef BOT_SCHOOL_SYLLABUS_H
#define BOT_SCHOOL_SYLLABUS_H

#include <glib.h>

struct syllabus_row {
    char *title;
    char *outline, *mode, *assessment; /* NULL: not said */
    int line, column;
};

/* Reads a syllabus: struct syllabus_row * in the file's order, owned by the array; NULL when anything was
 * added to `faults`. A theme twice is a fault. */
GPtrArray *syllabus_read(const char *path, GPtrArray *faults, GPtrArray *doubts);

#endif
