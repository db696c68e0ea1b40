"""The ground under both fake platforms: a threaded HTTP server with faults on demand, a record of every
call, and the one way to wait for something to become true."""

import email.parser
import email.policy
import json
import os
import socket
import struct
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

PATIENCE = float(os.environ.get("BANZHANG_PATIENCE", 1))  # how many times slower the program may be: under a sanitizer
_pause = threading.Event()  # never set: its wait() is the one short pause between two looks at a condition


def eventually(fn, timeout=10, what=None):
    """Calls fn until it returns something true, and returns that; AssertionError after `timeout` × PATIENCE seconds.

    An AssertionError, LookupError or OSError of fn counts as "not yet"; the last one is named in the end.
    """
    timeout *= PATIENCE
    deadline, step, last = time.monotonic() + timeout, 0.005, None
    while True:
        try:
            value = fn()
            if value:
                return value
            last = None
        except (AssertionError, LookupError, OSError) as e:
            last = e
        if time.monotonic() >= deadline:
            name = what or getattr(fn, "__name__", "the condition")
            raise AssertionError(f"not within {timeout} s: {name}" + (f" (last: {last!r})" if last else ""))
        _pause.wait(step)
        step = min(step * 1.5, 0.1)


def utf16_len(text):
    """Length in UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Answer:
    """What a fake answers: a JSON-able body or raw bytes, a status, more headers."""

    def __init__(self, body, status=200, headers=(), mime="application/json"):
        self.raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.body, self.status, self.headers, self.mime = body, status, dict(headers), mime


class Call:
    """One request that reached the fake, with what it was answered."""

    def __init__(self, verb, path, query, params, files, body, headers, method):
        self.verb, self.path, self.query, self.params = verb, path, query, params
        self.files, self.body, self.headers, self.method = files, body, headers, method
        self.time, self.status, self.answer, self.fault, self.done = time.monotonic(), None, None, None, None

    def __repr__(self):
        return f"<{self.method} {json.dumps(self.params, ensure_ascii=False)[:200]} → {self.status}>"


class Fault:
    """One scripted misfortune: what it does, to which calls, how often, and whether the call takes effect."""

    def __init__(self, kind, match, count, applied, **how):
        self.kind, self.match, self.count, self.applied, self.how = kind, match, count, applied, how


class FakeHttp:
    """A platform's HTTP side. Subclasses implement handle(call) → Answer and chat_of(call)."""

    def __init__(self):
        self.calls, self.faults, self.errors = [], [], []
        self.changed = threading.Condition(threading.RLock())
        self.released, self.stopping = threading.Event(), False
        self.open_sockets = set()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            timeout = 120

            def do_GET(self):
                fake._serve(self)

            do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

            def log_message(self, *args):
                pass

        class Http(ThreadingHTTPServer):
            daemon_threads, block_on_close, request_queue_size = True, False, 256

            def handle_error(self, request, client_address):
                pass  # a client that went away; real faults of the fake are kept in fake.errors

        self.http = Http(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    def stop(self):
        """Ends the listener, lets hanging answers go, cuts open connections. Raises what went wrong inside."""
        self.stopping = True
        self.released.set()
        with self.changed:
            self.changed.notify_all()
        self.http.shutdown()
        self.http.server_close()
        for s in list(self.open_sockets):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        assert not self.errors, "the fake itself broke:\n" + "\n".join(self.errors)

    # What tests say

    def fail(self, next=1, status=500, description="Internal Server Error", **where):
        """The next calls are answered with this HTTP status and take no effect."""
        self._fault("fail", next, False, where, status=status, description=description)

    def hang(self, chat=None, next=1, applied=False, **where):
        """The next calls get no answer until release(), or until the client gives up."""
        self._fault("hang", next, applied, dict(where, chat=chat))

    def cut(self, next=1, applied=True, **where):
        """The next calls take effect, but only half of the answer arrives and the connection breaks."""
        self._fault("cut", next, applied, where)

    def reset(self, next=1, applied=False, **where):
        """The next calls get their connection reset instead of an answer."""
        self._fault("reset", next, applied, where)

    def garbage(self, next=1, applied=False, body=b"<html><h1>502 Bad Gateway</h1></html>", status=200, **where):
        """The next calls are answered with something that is not the platform's JSON."""
        self._fault("garbage", next, applied, where, body=body, status=status)

    def slow(self, seconds, next=None, **where):
        """The next calls (all until calm() when None) are answered properly, after this many seconds."""
        self._fault("slow", next, True, where, seconds=seconds)

    def calm(self):
        """Forgets all faults and lets what hangs go."""
        with self.changed:
            self.faults.clear()
        self.release()

    def release(self):
        """Lets go the calls that hang."""
        self.released.set()
        self.released = threading.Event()

    def eventually(self, predicate, timeout=10, what=None):
        """Waits until predicate() is true, looking again after each call that arrives; returns its value."""
        timeout *= PATIENCE
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                value = predicate()
                if value:
                    return value
                left = deadline - time.monotonic()
                if left <= 0:
                    recent = "\n  ".join(map(repr, self.calls[-10:])) or "no calls"
                    raise AssertionError(f"not within {timeout} s: {what or 'the condition'}; calls:\n  {recent}")
                self.changed.wait(min(left, 0.25))

    def called(self, method, **params):
        """The calls of this method so far whose parameters include these."""
        with self.changed:
            return [c for c in self.calls if c.method == method
                    and all(c.params.get(k) == v for k, v in params.items())]

    # Inside

    def _fault(self, kind, count, applied, where, **how):
        chat, method = where.pop("chat", None), where.pop("method", None)
        assert not where, f"unknown condition {where}"
        chat = getattr(chat, "id", chat)

        def match(call):
            return (chat is None or str(chat) == str(self.chat_of(call))) and method in (None, call.method)
        with self.changed:
            self.faults.append(Fault(kind, match, count, applied, **how))

    def _take_fault(self, call):
        for f in self.faults:
            if f.match(call):
                if f.count is not None:
                    f.count -= 1
                    if f.count <= 0:
                        self.faults.remove(f)
                return f
        return None

    def method_of(self, path):
        """The API's name of what is called at this path."""
        return path.rsplit("/", 1)[-1]

    def chat_of(self, call):
        """The chat a call is about, for faults that concern one chat."""
        return None

    def handle(self, call):
        raise NotImplementedError

    def failure(self, status, description):
        """The platform's own shape of an error with this status."""
        return Answer({"error": description}, status)

    def _serve(self, h):
        self.open_sockets.add(h.connection)
        length = int(h.headers.get("Content-Length") or 0)
        if h.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = _read_chunked(h.rfile)
        else:
            body = h.rfile.read(length)
        parts = urlsplit(h.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        call = Call(h.command, parts.path, query, {}, {}, body, h.headers,
                    self.method_of(parts.path))
        try:
            params, call.files = _parse_body(body, h.headers.get("Content-Type", ""))
            call.params = params if isinstance(params, dict) else {"": params}
            bad = None
        except ValueError as e:
            bad = str(e)
        call.bad = bad
        with self.changed:
            fault = call.fault = self._take_fault(call)
            self.calls.append(call)
        try:
            self._answer(h, call, fault)
        except (BrokenPipeError, ConnectionError, TimeoutError):
            h.close_connection = True
        except Exception:
            self.errors.append(traceback.format_exc())
            self._write(h, self.failure(500, "the fake broke"))
        finally:
            call.done = time.monotonic()
            with self.changed:
                self.changed.notify_all()
            if h.close_connection:
                self.open_sockets.discard(h.connection)

    def _answer(self, h, call, fault):
        kind = fault.kind if fault else None
        if kind == "slow":
            self.released.wait(fault.how["seconds"])
        answer = self.handle(call) if fault is None or fault.applied else None
        if kind == "cut" and answer is None:  # half of an answer that would have been good
            answer = Answer({"ok": True, "errcode": 0, "errmsg": "ok"})
        elif kind == "fail":
            answer = self.failure(fault.how["status"], fault.how["description"])
        elif kind == "answer":
            answer = fault.how["make"](call)
        elif kind == "garbage":
            answer = Answer(fault.how["body"], fault.how["status"], mime="text/html")
        elif kind == "hang":
            self._hold(h)
            call.status = "hung"
            h.close_connection = True
            return
        elif kind == "reset":
            h.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            h.close_connection = True
            call.status = "reset"
            h.rfile.close()
            h.connection.close()
            return
        call.status, call.answer = answer.status, answer.body
        self._write(h, answer, half=kind == "cut")

    def _hold(self, h):
        """Keeps the connection open without an answer until released or until the client leaves."""
        released = self.released
        h.connection.settimeout(0.1)
        while not released.is_set() and not self.stopping:
            try:
                if h.connection.recv(1, socket.MSG_PEEK) == b"":
                    return
                released.wait(0.05)
            except TimeoutError:
                continue
            except OSError:
                return

    def _write(self, h, answer, half=False):
        head = f"HTTP/1.1 {answer.status} X\r\nContent-Type: {answer.mime}\r\nContent-Length: {len(answer.raw)}\r\n"
        head += "".join(f"{k}: {v}\r\n" for k, v in answer.headers.items()) + "\r\n"
        data = head.encode() + (b"" if h.command == "HEAD" else answer.raw)
        if half:
            data = data[:len(data) - max(1, len(answer.raw) // 2)]
            h.close_connection = True
        h.wfile.write(data)
        h.wfile.flush()


def _read_chunked(f):
    body = b""
    while True:
        size = int(f.readline().split(b";")[0] or b"0", 16)
        body += f.read(size)
        f.readline()
        if size == 0:
            return body


def _no_duplicates(pairs):
    d = dict(pairs)
    if len(d) != len(pairs):
        raise ValueError("duplicate key")
    return d


def _parse_body(body, kind):
    """(parameters, files) of a request's body: JSON, form or multipart. files: name → (filename, mime, bytes)."""
    main = kind.split(";")[0].strip().lower()
    if not body:
        return {}, {}
    if main == "application/json":
        return json.loads(body.decode("utf-8"), object_pairs_hook=_no_duplicates), {}
    if main == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True)), {}
    if main == "multipart/form-data":
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
            b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        params, files = {}, {}
        for part in message.iter_parts():
            name, filename = part.get_param("name", header="content-disposition"), part.get_filename()
            data = part.get_payload(decode=True)
            if filename is not None:
                files[name] = (filename, part.get_content_type(), data)
            else:
                params[name] = data.decode("utf-8")
        return params, files
    try:  # WeCom reads JSON whatever the header says
        return json.loads(body.decode("utf-8"), object_pairs_hook=_no_duplicates), {}
    except ValueError:
        return {}, {}


class Bucket:
    """A token bucket on the monotonic clock; take() says how many seconds to wait, 0 when there was a token."""

    def __init__(self, size, per_second):
        self.size, self.rate, self.level, self.at = size, per_second, float(size), time.monotonic()

    def take(self):
        now = time.monotonic()
        self.level, self.at = min(self.size, self.level + (now - self.at) * self.rate), now
        if self.level >= 1:
            self.level -= 1
            return 0
        return (1 - self.level) / self.rate
