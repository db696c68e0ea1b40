"""A line between browser and server that loses things on demand."""

import http.server
import threading

import requests

HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server", "content-encoding"}


class BadLine:
    """Forwards all requests, but does to the next POSTs of messages and PUTs of pieces what `faults` says, one each:

    "lost"         the message never arrives
    "answer lost"  the server takes it, the browser never hears so
    (503, 1)       somebody on the way answers with this status and Retry-After

    `cut = True` loses everything, GETs included, until it is False again. `taken` lists the update keys that
    reached the server, in order.
    """

    def __init__(self, target):
        self.target, self.faults, self.cut, self.taken = target.rstrip("/"), [], False, []
        line = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                line.forward(self, b"")

            def do_POST(self):
                line.forward(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            do_PUT = do_POST

            def log_message(self, *args):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.lock = threading.Lock()
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def forward(self, request, body):
        """One request on its way, or not."""
        fault = None
        if request.command == "PUT" or request.command == "POST" and request.path.endswith("/messages"):
            with self.lock:
                fault = self.faults.pop(0) if self.faults else None
        if self.cut or fault == "lost":
            return
        if isinstance(fault, tuple):
            self.answer(request, fault[0], {"Retry-After": str(fault[1])}, b"{}")
            return
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP | {"accept-encoding"}}
        with requests.Session() as session:
            session.trust_env = False
            r = session.request(request.command, self.target + request.path, data=body or None, headers=headers,
                                allow_redirects=False, timeout=60)
        if request.command == "POST" and request.path.endswith("/messages") and r.status_code == 200:
            self.taken.append(requests.models.complexjson.loads(body)["id"])
        if fault != "answer lost" and not self.cut:
            self.answer(request, r.status_code, {k: v for k, v in r.headers.items() if k.lower() not in HOP},
                        r.content)

    def answer(self, request, status, headers, body):
        try:
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            pass
