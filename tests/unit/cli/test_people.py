"""`tanggap admin` and `tanggap officers` as typed: what is printed, and what is refused in one sentence."""

import io
import re
from contextlib import nullcontext

import pytest
from django.test import Client

from tanggap import cli
from tanggap.cli import place
from tanggap.models import Agency, Invitation, Membership, Officer
from tests import cast as people

pytestmark = pytest.mark.django_db
HEAD = "username,name,email,language,agency,role,from,to,deputy_for\n"
LINA = "lina,Lina Sari,lina@melati.test,id,dinas-jalan,desk,2026-01-01,,\n"


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The commands on the test's own database."""
    monkeypatch.setattr(place, "django", nullcontext)
    monkeypatch.setattr(place, "end_with_parent", lambda: None)


def admin(*more: str) -> int:
    return cli.main(
        ["admin", "add", "wati", "--name", "Wati Pengelola", "--email", "wati@melati.test", *more]
    )


def test_the_first_administrator_gets_a_link_that_works_once(capsys):
    assert admin() == 0
    path = re.search(r"http\S+?(/undangan/\S+)", capsys.readouterr().out)[1]
    row = Membership.objects.get(officer__username="wati")
    assert (row.role_id, row.agency.code) == ("administrator", "setko")
    client = Client()
    assert client.get(path)["Location"] == "/undangan/"
    new = "empat kata yang biasa"
    assert client.post("/undangan/", {"password1": new, "password2": new})["Location"] == "/masuk/"
    assert Client().get(path).status_code == 404
    # an administrator opens nothing before the second step
    assert Client().post("/masuk/", {"login": "wati", "password": new}).status_code == 302
    assert Invitation.objects.get().sent_at is None


def test_a_password_is_read_from_the_input(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("empat kata yang biasa\n"))
    assert admin("--password-stdin", "--agency", "pengawas") == 0
    assert "may log in now" in capsys.readouterr().out
    assert Officer.objects.get(username="wati").check_password("empat kata yang biasa")


@pytest.mark.parametrize(("more", "told"), [
    (("--agency", "siapa"), "'siapa' is no agency of this city"), (("--name", ""), "write the name with --name"),
    (("--email", "wati@"), "'wati@' is no e-mail address"),
])  # fmt: skip
def test_what_is_wrong_is_one_sentence_and_makes_nobody(capsys, more, told):
    assert admin(*more) == 1
    assert told in capsys.readouterr().err
    assert not Officer.objects.exists()


def test_a_weak_password_and_a_taken_name_are_refused(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("pendek\n"))
    assert admin("--password-stdin") == 1
    assert not Officer.objects.exists()
    assert admin() == 0
    assert admin() == 1
    assert "somebody has this user name already" in capsys.readouterr().err


def test_whoever_is_locked_out_gets_a_new_link(capsys):
    people.assemble()
    assert cli.main(["admin", "link", "joko", "--without-second-step"]) == 0
    assert "/undangan/" in capsys.readouterr().out
    assert cli.main(["admin", "link", "siapa"]) == 1
    assert "Nobody has the user name" in capsys.readouterr().err


def test_the_difference_is_shown_before_anything_happens(capsys, tmp_path):
    people.assemble()
    path = tmp_path / "officers.csv"
    path.write_text(HEAD + LINA)
    assert cli.main(["officers", str(path), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "+ lina: Lina Sari, lina@melati.test" in said
    assert "2 added, 0 changed, 0 ended, 0 unchanged; 10 officers are not in the file" in said
    assert not Officer.objects.filter(username="lina").exists()
    assert cli.main(["officers", str(path), "--invite"]) == 0
    assert "1 invitations are on their way" in capsys.readouterr().out
    assert Officer.objects.get(username="lina").memberships.get().agency == Agency.objects.get(
        code="dinas-jalan"
    )


def test_a_person_at_the_terminal_is_asked(capsys, tmp_path, monkeypatch):
    people.assemble()
    path = tmp_path / "officers.csv"
    path.write_text(HEAD + LINA)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda asked: "n")
    assert cli.main(["officers", str(path)]) == 0
    assert "Nothing was changed." in capsys.readouterr().out
    assert not Officer.objects.filter(username="lina").exists()


def test_a_bad_file_is_named_with_line_column_and_reason(capsys, tmp_path):
    path = tmp_path / "officers.csv"
    path.write_text(HEAD + LINA.replace("desk", "boss"))
    assert cli.main(["officers", str(path)]) == 1
    assert capsys.readouterr().err == "tanggap: officers.csv, line 2, column role: 'boss' is no role\n"
    assert cli.main(["officers", str(tmp_path / "none.csv")]) == 1
    assert "none.csv: the file is missing" in capsys.readouterr().err


def test_a_partner_gets_a_link_by_the_terminal_like_everybody(capsys):
    mira = people.partner("mira")
    Officer.objects.filter(pk=mira.pk).update(password="!")
    assert cli.main(["admin", "link", "mira"]) == 0
    path = re.search(r"http\S+?(/undangan/\S+)", capsys.readouterr().out)[1]
    client, new = Client(), "empat kata yang biasa"
    client.get(path)
    assert client.post("/undangan/", {"password1": new, "password2": new})["Location"] == "/masuk/"
    assert client.post("/masuk/", {"login": "mira", "password": new})["Location"] == "/mitra/"
