"""Join slips: printed, cut out, handed to people; the QR on each opens that person's link."""

import subprocess

from harness import Klass, join

PEOPLE = [*((str(n), f"学员{n:02}", "学员") for n in range(1, 13)), ("t1", "吴老师", "带班老师"), ("o1", "孙主办", "承办")]


def pages(pdf, folder, dots=150):
    """The document as pictures, with so many dots an inch."""
    subprocess.run(["pdftoppm", "-r", str(dots), "-png", str(pdf), str(folder / f"slips{dots}")], check=True, timeout=60)
    return sorted(folder.glob(f"slips{dots}*.png"))


def words(pdf):
    return subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout


def codes(pdf, folder):
    """What a phone reads on its pages: it looks from nearer and from further away, and so misses none of ten."""
    pictures = [str(p) for dots in (110, 150, 220) for p in pages(pdf, folder, dots)]
    seen = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", *pictures], capture_output=True, text=True, timeout=60)
    return sorted(set(seen.stdout.split()))


def test_slips_carry_every_code_ten_on_a_page(serve, tmp_path):
    server = serve(classes=[Klass(people=PEOPLE)])
    join(server, "孙主办")
    pdf = tmp_path / "slips.pdf"
    server.run("invites", "demo", "-o", str(pdf))
    people = server.invites()
    assert len(pages(pdf, tmp_path)) == 2
    assert codes(pdf, tmp_path) == sorted(p["link"] for p in people.values())
    text = words(pdf)
    for name, person in people.items():
        assert name in text and person["code"][:5] + " " + person["code"][5:] in text
    assert "孙主办" not in text


def test_the_organiser_gets_them_in_the_chat(serve, tmp_path):
    server = serve(classes=[Klass(people=PEOPLE)])
    sun = join(server, "孙主办")
    assert sun.says("邀请码").press("打印加入纸条").key == "export.making"
    pdf = tmp_path / "chat.pdf"
    pdf.write_bytes(sun.hears("export.ready").file())
    assert len(codes(pdf, tmp_path)) == 13


def test_nobody_left_to_invite_is_said(serve, tmp_path):
    server = serve(classes=[Klass(people=[("o1", "孙主办", "承办")])])
    join(server, "孙主办")
    done = server.run("invites", "demo", "-o", str(tmp_path / "none.pdf"), check=False)
    assert done.returncode == 1 and "everybody has joined" in done.stderr and not (tmp_path / "none.pdf").exists()
    assert server.run("invites", "demo", "--renew", "-o", "x.pdf", check=False).returncode == 2
