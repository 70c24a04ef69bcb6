"""The worker is killed around a letter, and meets what can never be done: nobody is told twice, nobody else waits."""

import json
import signal
import time
from collections import Counter

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from tests.services.faults.senders import App
from tests.services.faults.town import Town, until
from tests.services.installation import free_port

DYING = "tests.services.faults.dying"
REPORTS = 12
PAUSES = (2, 10)  # seconds before the second and the third try, as due.py has them


class Office(Message):
    """The mail server of the city: counts what came for whom."""

    def __init__(self):
        super().__init__()
        self.came: Counter[str] = Counter()

    def handle_message(self, message) -> None:
        self.came[message["To"]] += 1


@pytest.fixture
def office():
    kept = Office()
    server = Controller(kept, hostname="127.0.0.1", port=free_port())
    server.start()
    kept.settings = {
        "TANGGAP_SMTP_HOST": "127.0.0.1", "TANGGAP_SMTP_PORT": str(server.port), "TANGGAP_SMTP_TLS": "0",
    }  # fmt: skip
    yield kept
    server.stop()


OFFICERS = (1, 4, 5)
DUE = "UPDATE {} SET due_at = now() WHERE parked_at IS NULL AND due_at IS NOT NULL"


def mail_for_three(town: Town) -> None:
    """Three officers with one letter each, born of three reports, and due now."""
    for place in range(len(OFFICERS)):
        assert App(town.port).send(f"for the letters {place}").number
    worker = town.work()
    until(
        lambda: town.one("SELECT count(*) FROM tanggap_letter WHERE officer_id IS NOT NULL") == len(OFFICERS)
    )
    town.end(worker)
    with town.asking() as connection:
        rows = connection.execute(
            "SELECT id FROM tanggap_letter WHERE officer_id IS NOT NULL ORDER BY id"
        ).fetchall()
        for (letter,), officer in zip(rows, OFFICERS, strict=True):
            connection.execute(
                "UPDATE tanggap_letter SET officer_id = %s, lane = %s, due_at = now() WHERE id = %s",
                [officer, f"o{officer}:email", letter],
            )
        connection.execute("UPDATE tanggap_officer SET email = username || '@melati.test'")


def states(town: Town) -> dict[int, str]:
    with town.asking() as connection:
        return dict(connection.execute(
            "SELECT officer_id, state FROM tanggap_letter WHERE officer_id IS NOT NULL").fetchall())  # fmt: skip


@pytest.mark.parametrize(("place", "mails"), [("before send", 2), ("after send", 3)])
def test_f09_killed_around_a_letter_it_is_unknown_and_never_sent_again(town, tmp_path, office, place, mails):
    """Nobody can know whether it arrived: a person looks at it. The others' letters go out as ever."""
    wire = tmp_path / "die"
    town.serve(TANGGAP_WORKERS="1")
    mail_for_three(town)
    wire.write_text(place)
    worker = town.program(DYING, "work", TANGGAP_TEST_DIE=str(wire), **office.settings)
    assert worker.wait(60) == -signal.SIGKILL
    town.running.remove(worker)
    assert Counter(states(town).values())["sending"] == 1
    with town.asking() as connection:  # its lease of a minute is over
        connection.execute(DUE.format("tanggap_letter"))
    town.program("work", **office.settings)
    until(lambda: set(states(town).values()) == {"sent", "unknown"})
    time.sleep(1.5)  # and nothing more comes
    assert Counter(states(town).values()) == {"sent": 2, "unknown": 1}
    assert sum(office.came.values()) == mails
    assert max(office.came.values()) == 1


def poison(town: Town) -> int:
    """A job of a kind that no version knows, and a reaction that always raises."""
    with town.asking() as connection:
        return connection.execute(
            "INSERT INTO tanggap_job (kind, args, due_at, attempts, last_error) VALUES ('poison', '{}', now(), 0, '')"
            " RETURNING id"
        ).fetchone()[0]


def hurry(town: Town) -> int:
    """Ends the pauses of minutes between the later tries; gives how many were given up."""
    time.sleep(2)  # what is lent now is done meanwhile
    with town.asking() as connection:
        connection.execute(DUE.format("tanggap_job") + " AND kind = 'poison'")
    return town.one("SELECT count(*) FROM tanggap_job WHERE parked_at IS NOT NULL")


def seconds_to_triage(town: Town, mark: str) -> float:
    """From the number of the last of some reports to the last one's triage."""
    had = town.one("SELECT count(*) FROM tanggap_event WHERE verb = 'case.triaged'")
    for place in range(REPORTS):
        assert App(town.port).send(f"{mark} {place}").number
    return until(
        lambda: town.one("SELECT count(*) FROM tanggap_event WHERE verb = 'case.triaged'") == had + REPORTS
    )


def test_f10_what_can_never_be_done_is_tried_five_times_parked_and_told(town):
    town.serve(TANGGAP_WORKERS="1")
    town.work()
    before = seconds_to_triage(town, "before")
    jobs = [poison(town) for _ in range(40)]
    row = f"SELECT %s FROM tanggap_job WHERE id = {jobs[0]}"
    for tries, pause in enumerate(PAUSES, start=1):
        until(lambda tries=tries: town.one(row % "attempts") == tries and town.one(row % "last_error") != "")
        wait = float(town.one(row % "extract(epoch FROM due_at - now())"))
        assert pause - 1.5 < wait <= pause
        until(lambda tries=tries: town.one(row % "attempts") > tries)
    after = seconds_to_triage(town, "beside the poison")
    assert after < 3 * before + 2
    until(lambda: hurry(town) == len(jobs))
    assert town.one(row % "attempts") >= 5
    assert town.one(row % "last_error") == "KeyError"
    said = json.loads(town.start("doctor", "--json").communicate(timeout=120)[0])
    assert [one["words"] for one in said["wrong"] if one["check"] == "parked"] == [
        "Rows were given up on (job 40): in Settings an administrator sees why and tries them again."
    ]
