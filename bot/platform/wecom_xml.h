/* WeCom's XML as a flat list of element paths and texts: <xml><A><B>x</B></A></xml> gives "A/B" = "x". Only
 * elements without children have a text; attributes are ignored. One parser is used again and again. */
#ifndef BOT_PLATFORM_WECOM_XML_H
#define BOT_PLATFORM_WECOM_XML_H

#include <stdbool.h>
#include <stddef.h>

struct wecom_xml;

enum { WECOM_XML_DEPTH = 8, WECOM_XML_ELEMENTS = 512, WECOM_XML_PATH = 160 };

struct wecom_xml *wecom_xml_new(void);
void wecom_xml_free(struct wecom_xml *);

/* Reads one whole document in UTF-8. False when it is malformed, has a DOCTYPE, another root than <xml>, or
 * is deeper or has more elements than above. Forgets the document before. */
bool wecom_xml_parse(struct wecom_xml *, const char *text, size_t len);

/* The text of the n-th (from 0) element at `path`, letters of any case; NULL when there is none. Borrowed
 * until the next document. */
const char *wecom_xml_nth(const struct wecom_xml *, const char *path, size_t n);
const char *wecom_xml_get(const struct wecom_xml *, const char *path);

#endif
