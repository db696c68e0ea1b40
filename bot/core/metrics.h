/* Counters, gauges and histograms as Prometheus text. Process-wide, loop thread only. */
#ifndef BOT_CORE_METRICS_H
#define BOT_CORE_METRICS_H

#include <glib.h>
#include <stdint.h>

struct metric;

/* The metric of this name (a literal) and labels (`platform="telegram",kind="text"`, "" none), made at first
 * use. Keep the pointer where it is counted often. */
struct metric *metric_counter(const char *name, const char *labels);
/* `bounds` rise; the bucket above the last is made here. */
struct metric *metric_histogram(const char *name, const double *bounds, int count);
void metric_add(struct metric *, double by);
void metric_observe(struct metric *, double value);

/* Says what `name` means, in its HELP line; without it the name itself is all there is. Both are borrowed
 * literals. */
void metric_help(const char *name, const char *help);

/* A gauge is asked for its value when it is read; setting it again replaces its reader. */
void metric_gauge(const char *name, const char *labels, double (*read)(void *), void *data);

/* Appends all of them. */
void metrics_write(GString *into);

#endif
