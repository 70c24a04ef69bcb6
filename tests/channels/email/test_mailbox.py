"""The mailbox, played: taken once, moved after the commit, found again after every break."""

import threading
import time
from datetime import UTC, datetime

import pytest

from tanggap.channels.base import Submission, Trouble, Unreadable
from tanggap.channels.email import EMAIL, mailbox, oauth
from tests.channels.email.letters import account, mail, nested_too_deep
from tests.world.mail import Mailbox


@pytest.fixture(autouse=True, scope="module")
def _end_readers():
    yield
    mailbox.close_readers()


@pytest.fixture(autouse=True)
def _forget_failures():
    mailbox._failures.clear()


@pytest.fixture
def box():
    with Mailbox() as made:
        yield made


def at(box: Mailbox, cursor=None, **more):
    given = {
        "imap_host": "127.0.0.1", "imap_port": str(box.port), "imap_security": "none", "imap_user": box.user,
        "imap_password": box.password,
    }  # fmt: skip
    made = account(**{**given, **more})
    return made.__class__(made.code, made.kind, made.settings, cursor or {}, made.now)


class Ears:
    """Commits once by external id, as the house does; can fall over."""

    def __init__(self):
        self.kept: dict[str, object] = {}
        self.calls: list[int] = []
        self.broken = lambda heard: False

    def __call__(self, heard):
        self.calls.append(len(heard))
        if self.broken(heard):
            raise RuntimeError("the house is down")
        for one in heard:
            self.kept.setdefault(one.external_id, one)

    @property
    def words(self):
        return sorted(getattr(one, "words", "") for one in self.kept.values())


def test_everything_is_taken_in_few_commits_and_then_moved(box):
    for n in range(45):
        box.put(mail(f"Laporan {n:02}", subject=None), datetime(2026, 11, 24, 3, n, tzinfo=UTC))
    ears = Ears()
    EMAIL.poll(at(box), ears)
    assert (ears.calls, ears.words) == ([20, 20, 5], [f"Laporan {n:02}" for n in range(45)])
    assert (len(box.folders["INBOX"]), len(box.folders["Processed"])) == (0, 45)
    assert {one.at for one in ears.kept.values()} == {
        datetime(2026, 11, 24, 3, n, tzinfo=UTC) for n in range(45)
    }


def test_an_empty_mailbox_is_no_news(box):
    ears = Ears()
    assert (EMAIL.poll(at(box), ears), ears.calls) == ({"uidvalidity": "1", "left": []}, [])


def test_f19_nothing_is_moved_before_the_commit(box):
    box.put(mail())
    ears = Ears()
    ears.broken = lambda heard: True
    with pytest.raises(RuntimeError):
        EMAIL.poll(at(box), ears)
    assert (len(box.folders["INBOX"]), any("MOVE" in one for one in box.commands)) == (1, False)
    ears.broken = lambda heard: False
    EMAIL.poll(at(box), ears)
    assert (len(ears.kept), len(box.folders["INBOX"])) == (1, 0)


def test_f19_a_crash_between_commit_and_move_is_one_report(box):
    box.put(mail())
    ears = Ears()

    def and_then(heard):
        ears(heard)
        box.cut()

    with pytest.raises(OSError, match=r".*"):
        EMAIL.poll(at(box), and_then)
    assert (len(ears.kept), len(box.folders["INBOX"])) == (1, 1)
    EMAIL.poll(at(box), ears)
    assert (len(ears.kept), len(box.folders["INBOX"])) == (1, 0)


def test_f18_a_mail_cut_on_the_way_is_not_taken_and_comes_whole_later(box):
    box.put(mail("Jalan rusak. " * 500, subject=None))
    box.cut_after = 1000
    ears = Ears()
    with pytest.raises(OSError, match=r".*"):
        EMAIL.poll(at(box), ears)
    assert (ears.kept, len(box.folders["INBOX"])) == ({}, 1)
    EMAIL.poll(at(box), ears)
    assert ears.words == [("Jalan rusak. " * 500).strip()]


def test_another_uidvalidity_takes_everything_again_and_stores_nothing_twice(box):
    box.refuse_move = True
    for n in range(3):
        box.put(mail(f"Laporan {n}", subject=None))
    ears = Ears()
    cursor = EMAIL.poll(at(box), ears)
    assert (cursor, ears.calls) == ({"uidvalidity": "1", "left": ["1", "2", "3"]}, [3])
    assert (EMAIL.poll(at(box, cursor), ears), ears.calls) == (cursor, [3])
    box.renumber()
    box.put(mail("Laporan 3", subject=None))
    box.refuse_move = False
    assert EMAIL.poll(at(box, cursor), ears) == {"uidvalidity": "2", "left": []}
    assert (ears.words, len(box.folders["INBOX"])) == ([f"Laporan {n}" for n in range(4)], 0)


def test_what_could_not_be_moved_is_moved_later_without_being_fetched_again(box):
    box.may_create = False
    box.put(mail())
    ears = Ears()
    cursor = EMAIL.poll(at(box), ears)
    box.may_create = True
    box.commands.clear()
    assert EMAIL.poll(at(box, cursor), ears)["left"] == []
    assert ([one for one in box.commands if "BODY" in one], list(box.folders["Processed"])) == ([], [1])


def test_one_that_the_house_stumbles_over_blocks_no_other_and_ends_before_a_person(box):
    for n in range(3):
        box.put(mail(f"Laporan {n}", subject=None))
    ears = Ears()
    ears.broken = lambda heard: any(isinstance(one, Submission) and one.words == "Laporan 1" for one in heard)
    for _ in range(mailbox.TRIES):
        try:
            EMAIL.poll(at(box), ears)
        except RuntimeError:
            assert ears.words == ["Laporan 0", "Laporan 2"]
    person = [one for one in ears.kept.values() if isinstance(one, Unreadable)]
    assert ([one.why for one in person], len(box.folders["INBOX"]), len(ears.kept)) == (["not_taken"], 0, 3)


def test_while_the_house_is_down_nothing_is_called_unreadable(box):
    box.put(mail())
    ears = Ears()
    ears.broken = lambda heard: True
    for _ in range(mailbox.TRIES + 3):
        with pytest.raises(RuntimeError):
            EMAIL.poll(at(box), ears)
    ears.broken = lambda heard: False
    EMAIL.poll(at(box), ears)
    assert [type(one) for one in ears.kept.values()] == [Submission]


def test_e14_a_mail_that_cant_be_read_is_kept_and_those_behind_it_are_taken(box):
    box.put(nested_too_deep())
    box.put(mail("Jalan rusak", subject=None))
    ears = Ears()
    EMAIL.poll(at(box), ears)
    assert sorted(type(one).__name__ for one in ears.kept.values()) == ["Submission", "Unreadable"]


def test_a_mail_that_our_own_rules_stumble_over_blocks_none_behind_it(box, monkeypatch):
    right = mailbox.heard

    def stumbles(account, mail, raw, at):
        return 1 / 0 if b"Laporan 0" in raw else right(account, mail, raw, at)

    monkeypatch.setattr(mailbox, "heard", stumbles)
    for n in range(2):
        box.put(mail(f"Laporan {n}", subject=None))
    ears = Ears()
    EMAIL.poll(at(box), ears)
    assert [getattr(one, "why", "") for one in ears.kept.values()] == ["unparseable", ""]


def test_of_a_mail_that_is_too_large_the_beginning_is_taken_with_a_note(box, monkeypatch):
    monkeypatch.setattr(mailbox, "MOST_BYTES", 50_000)
    monkeypatch.setattr(mailbox, "BEGINNING", 10_000)
    photo = b"--b\r\nContent-Type: image/jpeg\r\n\r\n" + b"x" * 90_000 + b"\r\n--b--\r\n"
    body = b"--b\r\nContent-Type: text/plain\r\n\r\nJalan rusak\r\n" + photo
    box.put(mail(body, content_type="multipart/mixed; boundary=b", subject=None))
    ears = Ears()
    EMAIL.poll(at(box), ears)
    heard = next(iter(ears.kept.values()))
    assert (heard.words, heard.files, heard.notes, len(heard.body)) == (
        "Jalan rusak",
        (),
        ("too_large",),
        10_000,
    )


# ---- IDLE ----


class Listening:
    """A listener in a thread, called again after each break as the worker does."""

    def __init__(self, box, ears, back_off=0.1):
        self.box, self.ears, self.back_off = box, ears, back_off
        self.errors: list[Exception] = []
        self.end = threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def run(self):
        while not self.end.is_set():
            try:
                EMAIL.listen(at(self.box), self.ears, self.end.is_set)
            except (Trouble, OSError) as error:
                self.errors.append(error)
                self.end.wait(self.back_off)

    def __exit__(self, *error):
        self.end.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


def until(true, seconds=10.0):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_a_mail_that_comes_is_heard_at_once(box):
    ears = Ears()
    with Listening(box, ears) as listening:
        assert until(lambda: "IDLE" in box.commands)
        box.put(mail())
        assert until(lambda: len(ears.kept) == 1, 3)
        assert until(lambda: box.commands.count("IDLE") == 2, 3)
        box.put(mail("Lagi", subject=None))
        assert until(lambda: len(ears.kept) == 2, 3)
    assert listening.errors == []


def test_f18_a_server_that_dies_in_idle_is_noticed_at_once_and_never_asked_in_a_hot_loop(box):
    ears = Ears()
    with Listening(box, ears, back_off=0.5) as listening:
        assert until(lambda: "IDLE" in box.commands)
        box.stop()
        assert until(lambda: listening.errors, 5)
        busy = time.process_time()
        time.sleep(1.5)
        assert time.process_time() - busy < 0.5
        assert len(listening.errors) <= 6
        box.start()
        box.put(mail())
        assert until(lambda: len(ears.kept) == 1, 5)


def test_f18_a_line_that_dies_without_a_word_is_noticed_by_done_and_noop(box, monkeypatch):
    monkeypatch.setattr(mailbox, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(mailbox.lines, "SECONDS", 0.5)
    ears = Ears()
    with Listening(box, ears) as listening:
        assert until(lambda: "IDLE" in box.commands)
        box.mute = True
        assert until(lambda: listening.errors, 5)
        box.mute = False
        box.put(mail())
        assert until(lambda: len(ears.kept) == 1, 5)


def test_a_server_without_idle_is_asked_now_and_then(box, monkeypatch):
    monkeypatch.setattr(mailbox, "WITHOUT_IDLE", 0.2)
    monkeypatch.setattr(mailbox, "STEP", 0.1)
    box.capabilities = "IMAP4rev1 MOVE"
    ears = Ears()
    with Listening(box, ears):
        assert until(lambda: "NOOP" in box.commands)
        box.put(mail())
        assert until(lambda: len(ears.kept) == 1, 3)
    assert "IDLE" not in box.commands


def test_beside_a_listener_a_poll_does_nothing_twice(box):
    ears = Ears()
    for n in range(30):
        box.put(mail(f"Laporan {n}", subject=None))
    with Listening(box, ears):
        EMAIL.poll(at(box), ears)
        assert until(lambda: len(ears.kept) == 30)
    assert sum(ears.calls) == 30


def test_it_stops_within_seconds(box):
    with Listening(box, Ears()):
        assert until(lambda: "IDLE" in box.commands)
        start = time.monotonic()
    assert time.monotonic() - start < 5


# ---- log-in ----


def test_a_wrong_password_is_a_trouble_in_one_sentence(box):
    with pytest.raises(Trouble, match="log-in"):
        EMAIL.poll(at(box, imap_password="salah"), Ears())
    with pytest.raises(Trouble, match="no folder 'Surat'"):
        EMAIL.poll(at(box, imap_folder="Surat"), Ears())


def test_a_mailbox_is_opened_with_an_access_token_that_is_fetched_again_when_refused(box, monkeypatch):
    box.token = "dua"
    given = iter(["satu", "dua"])
    monkeypatch.setattr(oauth, "asked", lambda account: (next(given), 3600.0))
    oauth.forget()
    made = at(box, oauth_url="http://127.0.0.1:1/token")
    EMAIL.poll(made, Ears())
    EMAIL.poll(made, Ears())
    oauth.forget()
    assert box.commands.count("AUTHENTICATE") == 3


def test_an_unreachable_server_is_an_oserror(box):
    box.stop()
    with pytest.raises(OSError, match=r".*"):
        EMAIL.poll(at(box), Ears())
    box.start()
