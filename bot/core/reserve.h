/* Room kept back for a full disk: a file of real blocks, DIR/reserve. The first write that the disk refuses
 * has it emptied and is tried again, so that people are answered while somebody makes room; once there is
 * room for some seconds it is filled anew. An empty file says, also to the next start, that it was given up.
 */
#ifndef BOT_CORE_RESERVE_H
#define BOT_CORE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct reserve;

/* What is still taken in while the reserve is given up: files of so many bytes. */
enum { RESERVE_SMALL = 256 * 1024 };

/* Keeps `bytes` back in `dir`, which must be there; 0: none, and the file goes. It begins given up when there
 * is no room for it. */
struct reserve *reserve_new(const char *dir, int64_t bytes);
void reserve_free(struct reserve *); /* after loop_free */

/* Any thread, when a write found the disk full: true when it is worth another try, because the reserve is
 * being given up. Of no reserve (NULL too): false. */
bool reserve_give_up(struct reserve *);

/* Any thread: whether a file of `size` bytes may be written: a small one always, a larger one while there is
 * room for it besides the reserve. */
bool reserve_admits(struct reserve *, int64_t size);

/* Any thread: whether it is given up. */
bool reserve_spent(const struct reserve *);

/* From now on the loop looks whether there is room again, and says changed(data, spent) on each change, the
 * first time also for one that happened before the start. Its figures are on /metrics. */
void reserve_watch(struct reserve *, struct loop *, void (*changed)(void *data, bool spent), void *data);

#endif
