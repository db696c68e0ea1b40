/* Figures as Prometheus reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/metrics.h"

/* A gauge's reader. */
static double waiting(void *data)
{
    return *(double *)data;
}

/* One of each kind. */
static void writes(void **state)
{
    (void)state;
    static const double bounds[] = { 0.001, 0.1, 1 };
    double figure = 7.5;
    metric_help("t_updates_total", "Updates that came in.");
    metric_add(metric_counter("t_updates_total", "platform=\"web\""), 1);
    metric_add(metric_counter("t_updates_total", "platform=\"web\""), 2);
    metric_add(metric_counter("t_updates_total", "platform=\"wecom\""), 1e9);
    metric_gauge("t_outbox", "", waiting, &figure);
    struct metric *h = metric_histogram("t_seconds", bounds, 3);
    metric_observe(h, 0.001);
    metric_observe(h, 0.05);
    metric_observe(h, 0.05);
    metric_observe(h, 30);
    g_autoptr(GString) out = g_string_new("");
    metrics_write(out);
    assert_string_equal(out->str, "# HELP t_updates_total Updates that came in.\n"
                                  "# TYPE t_updates_total counter\n"
                                  "t_updates_total{platform=\"web\"} 3\n"
                                  "t_updates_total{platform=\"wecom\"} 1000000000\n"
                                  "# HELP t_outbox t_outbox\n"
                                  "# TYPE t_outbox gauge\n"
                                  "t_outbox 7.5\n"
                                  "# HELP t_seconds t_seconds\n"
                                  "# TYPE t_seconds histogram\n"
                                  "t_seconds_bucket{le=\"0.001\"} 1\n"
                                  "t_seconds_bucket{le=\"0.1\"} 3\n"
                                  "t_seconds_bucket{le=\"1\"} 3\n"
                                  "t_seconds_bucket{le=\"+Inf\"} 4\n"
                                  "t_seconds_sum 30.101\n"
                                  "t_seconds_count 4\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(writes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
