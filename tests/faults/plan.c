#include "tests/faults/plan.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* One line of the shared file; tests/torture/faults.py knows its shape. */
struct slot {
    char name[24];
    _Atomic int64_t passed, from, until, hit; /* the passages from <= passed < until fail */
};

enum { PLAN_SIZE = 4096 };

static const char *const names[FAULT_COUNT] = {
    "open",         "read",          "write",        "full",        "short",      "sync",
    "truncate",     "sqlite-memory", "memory",       "sync.before", "sync.after", "commit.before",
    "commit.after", "answer.before", "answer.after", "send.before", "send.after", "outcome",
    "mark.before",  "mark.after",    "file",         "file.before", "file.after", "backup.read",
    "curl",         "refused",       "lost",         "speed",       "jump",       "dns",
    "result",       "lazy",
};

static struct slot *plan;

bool fault_due(enum fault fault)
{
    if (!plan)
        return false;
    struct slot *slot = &plan[fault];
    int64_t passed = atomic_fetch_add(&slot->passed, 1) + 1;

    if (passed < atomic_load(&slot->from) || passed >= atomic_load(&slot->until))
        return false;
    atomic_fetch_add(&slot->hit, 1);
    return true;
}

int64_t fault_value(enum fault fault)
{
    return plan ? atomic_load(&plan[fault].from) : 0;
}

void fault_passed(enum fault fault, int64_t more)
{
    if (plan)
        atomic_fetch_add(&plan[fault].passed, more);
}

/* dlsym gives data pointers, and what it is asked for here is a function. */
void *fault_next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

void fault_point(enum fault fault)
{
    if (fault_due(fault))
        kill(getpid(), SIGKILL);
}

/* Before main: maps the plan that $BANZHANG_FAULTS names. */
__attribute__((constructor)) static void take_plan(void)
{
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read before there are threads
    const char *path = getenv("BANZHANG_FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

    if (fd < 0)
        return;
    void *map = mmap(NULL, PLAN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    close(fd);
    if (map == MAP_FAILED)
        return;
    struct slot *slots = map;

    for (int i = 0; i < FAULT_COUNT; i++)
        strncpy(slots[i].name, names[i], sizeof slots[i].name - 1);
    faults_in_memory();
    plan = slots;
}
