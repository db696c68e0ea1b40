"""Who owns the data directory, and the socket through which commands of the machine reach the server."""

import concurrent.futures
import fcntl
import json
import os
import socket
import stat
import subprocess

from harness.server import binary


def ask(server, data, half=False):
    """Sends bytes to the control socket; everything it answers."""
    here = os.getcwd()
    os.chdir(server.data_dir)   # a socket's address holds no long path
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect("control.sock")
            s.sendall(data)
            if half:
                s.shutdown(socket.SHUT_WR)
            got = b""
            while chunk := s.recv(65536):
                got += chunk
            return got
    finally:
        os.chdir(here)


def test_only_the_owner_may_read_what_is_kept(server):
    for name in ("secret.key", "control.sock", "lock"):
        assert stat.S_IMODE((server.data_dir / name).stat().st_mode) & 0o077 == 0, name


def test_garbage_on_the_socket_harms_nobody(server):
    for line in (b"\n", b"{}\n", b"[]\n", b"\xff\xfe\n", b'{"args":[],"cwd":"/"}\n', b'{"args":[1],"cwd":"/"}\n',
                 b'{"args":["invites"]}\n', b'{"args":["nonsense"],"cwd":"/"}\n', b"[" * 5000 + b"\n"):
        head = ask(server, line).split(b"\n")[0]
        assert head.startswith(b"2 0 "), (line, head)
    assert ask(server, b'{"args":', half=True) == b""
    head, _, rest = ask(server, json.dumps({"args": ["invites", "demo"], "cwd": "/"}).encode() + b"\n").partition(b"\n")
    code, out, err = map(int, head.split())
    assert (code, err, out) == (0, 0, len(rest)) and rest.startswith(b"id,name,role,code,link\n")
    assert server.get("/healthz").status_code == 200


def test_many_commands_at_once_say_the_same(serve):
    s = serve(start=False)
    s.run("import", *s.settings["classes"])
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        said = set(pool.map(lambda _: s.run("invites", "demo").stdout, range(6)))
    assert len(said) == 1
    s.start()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        said = {"".join(line.rsplit(",", 1)[0] for line in out.splitlines())
                for out in pool.map(lambda _: s.run("invites", "demo").stdout, range(6))}
    assert len(said) == 1


def test_a_command_waits_for_whoever_is_busy_with_the_store_and_says_so(serve):
    s = serve(start=False)
    s.run("import", *s.settings["classes"])
    with open(s.data_dir / "lock", "rb") as lock:  # as a restore has it, or an upgrade before the server listens
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = subprocess.Popen([binary(), "invites", "demo", "-c", s.config], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        assert waiting.stderr.readline() == f"{s.data_dir} is in use; waiting for whoever uses it\n"
        assert waiting.poll() is None
    said, more = waiting.communicate()
    assert (waiting.returncode, said.count("\n"), more) == (0, 11, "")


def test_a_key_that_others_may_read_is_refused(serve):
    s = serve()
    s.stop()
    (s.data_dir / "secret.key").chmod(0o644)
    done = s.run("serve", check=False)
    assert done.returncode == 1 and "secret.key" in done.stderr and len(done.stderr.splitlines()) == 1
    (s.data_dir / "secret.key").chmod(0o600)


def test_a_killed_server_leaves_nothing_in_the_way(server):
    server.kill()
    codes = server.run("invites", "demo").stdout
    assert codes.count("\n") == 11
    server.start()
    assert server.run("invites", "demo").returncode == 0
