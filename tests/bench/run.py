"""The server, the fake platform and wrk as processes, and what can be read off them."""

import json
import os
import pathlib
import re
import subprocess
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SERVER_CORE, LOAD_CORE = ("0", "1") if (os.cpu_count() or 1) > 1 else ("0", "0")
TICK = os.sysconf("SC_CLK_TCK")


class Sink:
    """The fake platform (sink.c)."""

    def __init__(self, program, silent):
        self.proc = subprocess.Popen(["taskset", "-c", LOAD_CORE, program, *(["silent"] if silent else [])],
                                     stdout=subprocess.PIPE, text=True)
        self.port = int(self.proc.stdout.readline())

    def count(self):
        """(messages, time of the first, time of the last)."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/count", timeout=10) as r:
            n, first, last = r.read().split()
        return int(n), float(first), float(last)

    def stop(self):
        self.proc.kill()
        self.proc.wait()


class Server:
    """`banzhang serve` on a core of its own."""

    def __init__(self, program, config):
        self.log = open(str(config) + ".log", "ab")
        self.proc = subprocess.Popen(["taskset", "-c", SERVER_CORE, program, "serve", "-c", config],
                                     stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.url = None
        for line in self.proc.stdout:
            if m := re.search(r"^listening on (http\S+)", line):
                self.url = m[1]
                break
        assert self.url, f"the server did not come up: {self.log.name}"

    def cpu(self):
        """Seconds of processor time so far."""
        fields = pathlib.Path(f"/proc/{self.proc.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        """(resident now, the most it ever was) in MB."""
        text = pathlib.Path(f"/proc/{self.proc.pid}/status").read_text()
        return tuple(int(re.search(rf"{k}:\s*(\d+)", text)[1]) / 1024 for k in ("VmRSS", "VmHWM"))

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as r:
            return r.read().decode()

    def post(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as r:
            return r.read().decode()

    def metric(self, name):
        """The sum of the series of that name."""
        return sum(float(m[1]) for m in re.finditer(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", self.get("/metrics"), re.M))

    def stop(self):
        """Ends it at once, as a power cut would: what it was answered is on disk."""
        self.proc.kill()
        self.proc.wait()
        self.proc.stdout.close()
        self.log.close()


def wrk(url, script, connections, seconds, env):
    """Starts wrk."""
    whole = {**os.environ, **{k: str(v) for k, v in env.items()}}
    return subprocess.Popen(["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                             "--timeout", "30s", "-s", str(HERE / script), url],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=whole)


def measure(server, script, path, connections, seconds, env):
    """One load; what wrk and the machine say of it."""
    before = server.cpu()
    out = wrk(server.url + path, script, connections, seconds, env).communicate()[0]
    m = re.search(r"^RESULT (\{.*\})$", out, re.M)
    assert m, f"wrk failed:\n{out}"
    result = json.loads(m[1])
    result["rate"] = result["requests"] / result["seconds"]
    result["cpu"] = (server.cpu() - before) / max(1, result["requests"]) * 1e6
    result["turn"] = server.metric("banzhang_turn_updates_sum") / max(1, server.metric("banzhang_turn_updates_count"))
    result["rss"], result["peak"] = server.memory()
    return result
