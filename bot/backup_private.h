/* What packing and unpacking a backup share. */
#ifndef BOT_BACKUP_PRIVATE_H
#define BOT_BACKUP_PRIVATE_H

#include <stdbool.h>

#define BACKUP_MANIFEST "manifest.sha256"
#define BACKUP_STORE    "banzhang.db"
#define BACKUP_KEY      "secret.key"
#define BACKUP_MASTER   "master.key" /* only where it lies in data_dir */

enum { BACKUP_SUM = 65 }; /* a checksum in hex, with its end */

/* True for files/ab/ab….: 64 hex digits below their first two. */
bool backup_name_is_file(const char *name);

#endif
