"""`make bench`: how fast the real server is on a real disk, as one table. Ratios to /healthz count, not rates.

    make bench                                      everything, some 20 minutes
    make bench BENCH="--quick"                      64 connections, under two minutes
    make bench BENCH="telegram --connections 64 --cases unknown,signin --quick"
    make bench BENCH="deliver"                      only the deliveries
"""

import argparse
import os
import pathlib
import shutil
import sys
import time

import loads
import place
import run

TREE = pathlib.Path(__file__).resolve().parents[2]
GOALS = {"repeat": .3, "unknown": .15, "signin": .08, "submit": .08}
HEAD = f"{'store':<7}{'platform':<10}{'case':<9}{'conns':>6}{'req/s':>9}{'share':>7}{'p50 ms':>8}{'p99 ms':>8}" \
       f"{'µs CPU':>8}{'CPU sh.':>8}{'a turn':>8}{'RSS MB':>8}{'peak':>6}{'bad':>5}"


class Bench:
    """One run: its options, its place, its results."""

    def __init__(self, options):
        self.options, self.counter, self.rows = options, loads.Counter(), []
        self.program = place.binary()
        build = pathlib.Path(self.program).resolve().parent
        self.sink_program = str(build / "bench" / "sink")
        self.place = place.Place(build / "bench" / "place", options.trainees)
        self.health = {}

    def serve(self, data_dir, sink):
        ports = {place.TELEGRAM: sink.port, place.WECOM: sink.port} if sink else {}
        return run.Server(self.program, str(self.place.config(data_dir, ports)))

    def report(self, store, platform, case, connections, r):
        """Keeps and prints one row."""
        health = self.health.get(connections, r)
        r.update(store=store, platform=platform, case=case, connections=connections,
                 share=r["rate"] / health["rate"], cpu_share=health["cpu"] / r["cpu"] if r["cpu"] else 0)
        self.rows.append(r)
        print(f"{store:<7}{platform:<10}{case:<9}{connections:>6}{r['rate']:>9.0f}{r['share']:>7.3f}{r['p50']:>8.2f}"
              f"{r['p99']:>8.2f}{r['cpu']:>8.1f}{r['cpu_share']:>8.3f}{r['turn']:>8.1f}{r['rss']:>8.1f}{r['peak']:>6.1f}"
              f"{r['bad']:>5}", flush=True)

    def intake(self, store, data_dir):
        """All cases of all platforms on one kind of store; the platforms are silent, so nothing is delivered."""
        sink = run.Sink(self.sink_program, silent=True)
        try:
            for connections in self.options.connections:
                for platform in self.options.platforms:
                    self.measure_health(store, data_dir, sink, connections)
                    for case in self.options.cases:
                        self.measure_case(store, data_dir, sink, platform, case, connections)
        finally:
            sink.stop()

    def measure_health(self, store, data_dir, sink, connections):
        server = self.serve(data_dir() if callable(data_dir) else data_dir, sink)
        try:
            self.health[connections] = run.measure(server, "count.lua", "/healthz", connections,
                                                   self.options.seconds, {})
            self.report(store, "-", "healthz", connections, self.health[connections])
        finally:
            server.stop()

    def measure_case(self, store, data_dir, sink, platform, case, connections):
        where = data_dir() if callable(data_dir) else data_dir
        if case == "signin":
            place.forget_signins(where)
        script, path, env = loads.plan(self.place, platform, case, connections, self.options.seconds, self.counter)
        server = self.serve(where, sink)
        try:
            r = run.measure(server, script, path, connections, self.options.seconds, env)
            self.report(store, loads.NAMES[platform], case, connections, r)
        finally:
            server.stop()

    def fill(self):
        """A store that has taken a million updates, and the memory of the server that took them."""
        where, sink = self.place.copy("filled"), run.Sink(self.sink_program, silent=True)
        server, begun = self.serve(where, sink), time.monotonic()
        try:
            script, path, env = loads.plan(self.place, place.TELEGRAM, "unknown", 64, 0, self.counter)
            at = 0
            while at < self.options.fill:
                env.update(BENCH_LIMIT=self.options.fill - at, BENCH_FROM=self.counter.take(10_000_000))
                run.measure(server, script, path, 64, 5, env)
                at = int(server.metric("banzhang_updates_total"))
            rss, peak = server.memory()
            print(f"filled with {at} updates in {time.monotonic() - begun:.0f} s, {server.metric('banzhang_outbox'):.0f}"
                  f" messages waiting: RSS {rss:.1f} MB, peak {peak:.1f} MB (goal: under 40)", flush=True)
        finally:
            server.stop()
            sink.stop()
        return where

    def deliver(self):
        """10 000 reminders due at once, to a platform without limits, while messages come in."""
        for load in (False, True):
            sink = run.Sink(self.sink_program, silent=False)
            server = self.serve(self.place.copy("deliver"), sink)
            wrk = None
            try:
                if load:
                    script, path, env = loads.plan(self.place, place.WEB, "unknown", 8, 30, self.counter)
                    wrk = run.wrk(server.url + path, script, 8, 30, env)
                before, cpu = server.metric("banzhang_updates_total"), server.cpu()
                begun = time.monotonic()
                server.post("/sandbox/clock", {"now": "2026-03-02T08:40:00+08:00"})
                decided = time.monotonic() - begun
                deadline = begun + 60
                while sink.count()[0] < self.options.trainees and time.monotonic() < deadline:
                    time.sleep(.02)
                sent, first, last = sink.count()
                took = server.metric("banzhang_updates_total") - before
                rss, peak = server.memory()
                print(f"deliver {'with' if load else 'without'} intake: {sent} reminders decided in {decided:.2f} s, sent"
                      f" {sent / max(1e-9, last - first):.0f}/s ({sent / max(1e-9, last - begun):.0f}/s from the moment"
                      f" they fell due; goal 10000), {took / (last - begun):.0f} updates/s taken meanwhile, "
                      f"{(server.cpu() - cpu) / max(1, sent) * 1e6:.0f} µs CPU each, peak {peak:.1f} MB", flush=True)
            finally:
                if wrk:
                    wrk.kill()
                    wrk.communicate()
                server.stop()
                sink.stop()

    def summary(self):
        """The goals of the issue beside what was measured at 64 connections."""
        at = {(r["store"], r["platform"], r["case"]): r for r in self.rows if r["connections"] == 64}
        print("\nat 64 connections, beside the goals")
        for (store, platform, case), r in at.items():
            if store == "fresh" and case in GOALS:
                print(f"  {platform} {case}: {r['share']:.3f} of /healthz (goal {GOALS[case]}; "
                      f"{r['cpu_share']:.3f} by CPU)")
            fresh = at.get(("fresh", platform, case))
            if store == "filled" and fresh and case in ("unknown", "signin"):
                goal = 1.2 if case == "unknown" else 2
                print(f"  {platform} {case}, filled: costs {fresh['rate'] / r['rate']:.2f} times the fresh one "
                      f"({r['cpu'] / fresh['cpu']:.2f} by CPU; goal {goal}), p99 {r['p99']:.1f} ms (goal 20)")

    def all(self):
        o = self.options
        begun = time.monotonic()
        self.place.prepare()
        print(f"{o.trainees} trainees in {self.place.classes} classes imported and bound in "
              f"{time.monotonic() - begun:.1f} s\n{HEAD}", flush=True)
        if "fresh" in o.stores:
            self.intake("fresh", lambda: self.place.copy("fresh"))
        if "filled" in o.stores:
            self.intake("filled", self.fill())
        if "deliver" in o.parts:
            self.deliver()
        self.summary()


def options(argv):
    """Reads the words of BENCH="…"."""
    p = argparse.ArgumentParser(prog="make bench", description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("parts", nargs="*", metavar="telegram|wecom|web|deliver", help="only these (default: all)")
    p.add_argument("--connections", help="comma-separated (default 1,8,64,256)")
    p.add_argument("--cases", help="of " + ",".join(loads.CASES))
    p.add_argument("--stores", help="fresh,filled")
    p.add_argument("--seconds", type=float, help="of each measurement (default 3, quick 1)")
    p.add_argument("--trainees", type=int, default=10_000)
    p.add_argument("--fill", type=int, help="updates of the filled store (default a million, quick 100 000)")
    p.add_argument("--keep", action="store_true", help="leave the stores and logs in build/bench/place")
    p.add_argument("--quick", action="store_true", help="64 connections, short measurements, a smaller filled store")
    o = p.parse_args(argv)
    o.connections = [int(x) for x in (o.connections or ("64" if o.quick else "1,8,64,256")).split(",")]
    o.cases = (o.cases or ",".join(loads.CASES)).split(",")
    o.stores = (o.stores or "fresh,filled").split(",")
    o.seconds = int(o.seconds or (1 if o.quick else 3))
    o.fill = o.fill or (100_000 if o.quick else 1_000_000)
    o.parts = o.parts or [*loads.NAMES.values(), "deliver"]
    o.platforms = [p for p, name in loads.NAMES.items() if name in o.parts]
    unknown = set(o.parts) - {*loads.NAMES.values(), "deliver"} | set(o.cases) - set(loads.CASES)
    if unknown:
        p.error(f"what is {', '.join(sorted(unknown))}?")
    if not o.platforms:
        o.stores = []
    return o


if __name__ == "__main__":
    os.chdir(TREE)
    chosen = options(sys.argv[1:])
    bench = Bench(chosen)
    try:
        bench.all()
    finally:
        if not chosen.keep:
            shutil.rmtree(bench.place.folder, ignore_errors=True)
