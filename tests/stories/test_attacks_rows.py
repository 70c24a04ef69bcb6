"""Single rows of attacks that need no file of their own: forged log-ins and keys, mails as a weapon and as a way in,
who collects personal data, who steals a dump. Rows S04, S13, E27, X04, A05, A08, A09."""

import base64
import re
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from tanggap import access, flow
from tanggap.lib import seal
from tanggap.models import ApiKey, Event, Letter, Report
from tanggap.reply import texts
from tanggap.web.keys import make_key
from tests import attacks
from tests import cast as people
from tests.page import see

FORGED = ("Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Auth-Request-User", "X-Webauth-User",
          "X-Forwarded-Email", "X-Ssl-Client-Cn", "X-Original-User", "Auth-User")  # fmt: skip
VICTIM = "korban@warga.test"


@pytest.fixture
def cast(story) -> people.Cast:
    cache.clear()
    return people.assemble()


def rows_with(text: str) -> list[str]:
    """Every table that holds this text, in whatever column."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE strpos(t::text, %s) > 0", [text])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_who_says_to_be_logged_in_is_not(story, cast):
    """S04: whatever a proxy of somebody else's would have sent."""
    headers = dict.fromkeys(FORGED, "joko") | {
        "Authorization": "Basic " + base64.b64encode(b"joko:x").decode()
    }
    for path in ("/petugas/", "/pengaturan/", "/petugas/tugas/"):
        plain = story.browser(follow_redirects=False).get(path)
        forged = story.browser(follow_redirects=False, headers=headers).get(path)
        assert (forged.status_code, forged.headers.get("location")) == (
            plain.status_code, plain.headers.get("location"),
        )  # fmt: skip
        assert forged.status_code in (302, 404)


def test_a_key_follows_from_nothing_and_is_stored_nowhere(story, cast):
    """S13: 256 random bits; the same name at the same moment makes another; only its hash stays."""
    now = timezone.now()
    made = [make_key("Aplikasi warga", "open311", now) for _ in range(64)]
    assert {len(base64.urlsafe_b64decode(key + "=")) for key in made} == {32}
    assert len({key[:6] for key in made} | {key[-6:] for key in made}) == 128
    for place in range(43):  # no sign of them is always the same
        assert len({key[place] for key in made}) > 1
    assert rows_with(made[0]) == []
    assert {len(bytes(row.hash)) for row in ApiKey.objects.all()} == {32}


def test_a_mail_about_a_case_opens_nothing_by_itself(story, cast):
    """E27: an officer's mail leads to the case's page, where log-in is asked for; no text but the two that are for it
    holds a link that sets a password."""
    people.report(at=timezone.now())
    Letter.objects.filter(officer__isnull=False).update(due_at=timezone.now())
    flow.run_all(timezone.now())
    links = re.findall(r"https?://\S+", mail.outbox[0].body)
    assert links
    for link in links:
        answer = story.browser(follow_redirects=False).get(link.removeprefix(settings.SITE_URL))
        assert answer.status_code == 302
        assert answer.headers["location"].startswith("/masuk/")
    folder = Path(texts.__file__).parent / "letters"
    saying = {
        path.parent.name
        for path in folder.rglob("*")
        if path.is_file() and re.search(r"\blink\b", path.read_text())
    }
    for code in saying - {"invitation", "reset"}:
        assert "kata sandi" not in "".join(path.read_text() for path in (folder / code).iterdir()).lower()


def test_a_file_to_carry_away_is_made_for_who_asks_and_lies_nowhere(story, cast):
    """X04: there is no address to guess: the answer itself is the file, proven anew each time, kept by no cache."""
    row, other = people.report(at=timezone.now()), people.report("Lampu mati", at=timezone.now())
    owner = story.browser()
    see(owner, f"/l/{row.number}/{access.secret_of(row)}/")
    before = files()
    answer = owner.get(f"/lacak/{row.number}/data/unduh/")
    assert answer.headers["content-type"] == "application/zip"
    assert "no-store" in answer.headers["cache-control"]
    assert files() == before
    officer = attacks.officer(story, "budi")
    for browser, number in ((story.browser(), row.number), (owner, other.number), (officer, row.number)):
        told = browser.get(f"/lacak/{number}/data/unduh/")
        assert told.headers["content-type"].startswith("text/html")
    Report.objects.filter(pk=row.pk).update(secret_version=2)  # the link was taken back
    assert owner.get(f"/lacak/{row.number}/data/unduh/").headers["content-type"].startswith("text/html")


def files() -> set[Path]:
    return {path for path in Path(settings.DATA).rglob("*") if path.is_file()}


def test_whose_address_others_type_in_is_written_to_once_at_most(story, cast):
    """A05: forty forms with the address of somebody who never asked; no word of the sender's reaches them."""
    for place in range(40):
        page = see(story.browser(), "/lapor/")
        page.send(page.form("words"), words=f"Kena kamu {place}", lat="-1.99", lon="118.01", contact=VICTIM)
    assert Report.objects.count() == 40
    story.work(timezone.now() + timedelta(days=1))
    theirs = [one for one in mail.outbox if VICTIM in one.recipients()]
    assert len(theirs) <= 1
    assert "Kena kamu" not in "".join(one.subject + one.body for one in theirs)


def test_who_opens_one_reporter_after_the_other_is_stopped_and_told_of(story, cast, settings, caplog):
    """A08 and Z14: each look has its reason and its event; more of them than one needs end for the hour, with a line
    and a count that an alert stands on."""
    settings.REVEALS_PER_HOUR = 3
    numbers = [people.report(f"Lubang nomor {place}", at=timezone.now()).number for place in range(5)]
    officer = attacks.officer(story, "budi")
    told = []
    for number in numbers:
        page = see(officer, f"/petugas/buka/{number}/")
        told.append(page.send(page.form("reason"), reason="call_citizen").status)
    assert told == [200, 200, 200, 429, 429]
    assert Event.objects.filter(verb="case.revealed").count() == 3
    assert [line for line in caplog.messages if "opens the data of more people" in line]
    other = attacks.officer(story, "citra")
    assert see(other, "/petugas/").status == 200


def test_a_stolen_dump_names_nobody(story, cast, settings):
    """A09: what stands in the tables, without the key of the environment."""
    row = people.report(
        "Nama saya Zulaikha, lubang di depan rumah", name="Zulaikha Kartanegara", at=timezone.now()
    )
    story.work()
    row = Report.objects.get(pk=row.pk)
    for word in ("Kartanegara", "81234567890", "812-3456-7890"):
        assert rows_with(word) == []
    assert access.person(row.reporter).name == "Zulaikha Kartanegara"
    settings.SEAL_KEYS = "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()
    with pytest.raises(seal.CannotOpen):
        access.person(row.reporter, row)
