"""What every kind of channel promises; a new one is tested by standing in the registry."""

import ast
import importlib
import inspect
import re
import socket
import time
import typing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tanggap.channels import registry
from tanggap.channels.base import (
    Account,
    Answered,
    Asked,
    Heard,
    Kind,
    Outgoing,
    SendResult,
    Submission,
    Trouble,
)
from tanggap.lib.outside import NoAnswer, NotAsked

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
KINDS = sorted(registry.KINDS)
SECRET = re.compile(r"token|secret|password|passwd|_key$|^key$")
RAHASIA = "1234567890:kata-yang-tidak-boleh-terlihat-0"
STATES = {"sent", "failed", "unknown", "by_hand"}
PROVIDER_IS_AWAY = (Trouble, OSError, NoAnswer)
# none of them fits a signature, whatever the kind's own is called
HEADERS = {
    "x-telegram-bot-api-secret-token": "salah",
    "x-hub-signature-256": "sha256=" + "0" * 64,
    "x-twitter-webhooks-signature": "sha256=AAAA",
    "authorization": "Bearer salah",
    "content-type": "application/json",
}

every_kind = pytest.mark.parametrize("name", KINDS)
patient = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def which(able: str) -> pytest.MarkDecorator:
    """The kinds that can do this."""
    return pytest.mark.parametrize("name", [name for name in KINDS if getattr(registry.KINDS[name], able)])


def dead_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def value(name: str, default: str, secret: bool, port: int) -> str:
    """What stands for a setting where the provider is away: addresses lead to a dead port of this machine."""
    if default.startswith(("http://", "https://")) or name.endswith("url"):
        return f"http://127.0.0.1:{port}"
    if name == "host" or name.endswith("_host"):
        return "127.0.0.1"
    if name == "port" or name.endswith("_port"):
        return str(port)
    if default:
        return default
    return RAHASIA if secret else "12345"


def account(kind: Kind, **more: str) -> Account:
    port = dead_port()
    given_ = {one.name: value(one.name, one.default, one.secret, port) for one in kind.settings}
    return Account("uji-coba", kind.name, {**given_, **more}, {}, NOON)


def is_sentence(told: str) -> bool:
    begins = told[:1].isupper() or told.startswith("http")
    return len(told) >= 10 and begins and told.rstrip('"').endswith(".") and "\n" not in told


# ---- what it says of itself ----


@every_kind
def test_a_kind_stands_in_a_folder_of_its_name(name):
    kind = registry.KINDS[name]
    module = importlib.import_module(f"tanggap.channels.{name}")
    assert (kind.name, bool(module.__doc__), kind in vars(module).values()) == (name, True, True)


@every_kind
def test_every_setting_is_told_and_every_secret_marked(name):
    kind = registry.KINDS[name]
    names = [one.name for one in kind.settings]
    assert len(names) == len(set(names))
    assert [one.name for one in kind.settings if not re.fullmatch(r"[a-z][a-z0-9_]*", one.name)] == []
    assert [one.name for one in kind.settings if not is_sentence(one.told)] == []
    assert [one.name for one in kind.settings if SECRET.search(one.name) and not one.secret] == []
    assert [one.name for one in kind.settings if one.secret and one.default] == []


@every_kind
def test_every_address_of_a_provider_is_a_setting(name):
    """A host fixed in the code could neither be tested nor follow the provider's move."""
    defaults = {one.default for one in registry.KINDS[name].settings}
    found = []
    for path in (Path(registry.__file__).parent / name).rglob("*.py"):
        tree = ast.parse(path.read_text())
        told = {
            ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, DOCUMENTED)
        }
        strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)} - told
        found += [one for one in strings if isinstance(one, str) and re.match(r"https?://\w", one)]
    assert [one for one in found if one not in defaults] == []


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


@every_kind
def test_an_account_prints_no_secret(name):
    assert RAHASIA not in f"{account(registry.KINDS[name])!r}"


@every_kind
def test_without_its_needed_settings_it_is_not_set_up(name):
    kind = registry.KINDS[name]
    needed = [one.name for one in kind.settings if one.needed and not one.default]
    assert kind.missing(Account("uji-coba", name)) == [one.name for one in kind.settings if one.needed]
    assert (registry.account("uji-coba", name, environ={}) is None) == bool(needed)


# ---- tanggap channel test ----


@which("test")
def test_nothing_given_is_told_in_one_sentence(name):
    kind = registry.KINDS[name]
    bare = Account("uji-coba", name, registry.read("uji-coba", kind, {}), {}, NOON)
    if kind.missing(bare):
        assert is_sentence(kind.test(bare))


@which("test")
def test_a_provider_that_is_away_is_told_in_one_sentence_without_a_secret(name):
    told = registry.KINDS[name].test(account(registry.KINDS[name]))
    assert (is_sentence(told), RAHASIA in told) == (True, False)


@which("test")
@pytest.mark.parametrize("wrong", ["bukan alamat", "http://", "http://[", "\x00", "ftp://a/", "é\ud800"])
def test_senseless_settings_are_told_too(name, wrong):
    kind = registry.KINDS[name]
    told = kind.test(account(kind, **{one.name: wrong for one in kind.settings if one.name != "way"}))
    assert (is_sentence(told), len(told) < 600) == (True, True)


# ---- the webhook ----


@which("hook")
@pytest.mark.parametrize("headers", [{}, HEADERS], ids=["unsigned", "wrongly signed"])
def test_a_wrong_signature_is_403_with_nothing_heard(name, headers):
    kind = registry.KINDS[name]
    for body in (b"{}", b"", b'{"object":"page","entry":[]}', b"\xff\x00" * 1000):
        asked = Asked("POST", "https://tanggap.example/hooks/uji-coba/", {}, headers, body)
        answered = kind.hook(account(kind), asked)
        assert (answered.status, list(answered.heard)) == (403, [])


@which("hook")
def test_a_hook_without_its_secrets_is_shut(name):
    kind = registry.KINDS[name]
    shut = account(kind, **{one.name: "" for one in kind.settings if one.secret})
    for headers in ({}, HEADERS, dict.fromkeys(HEADERS, "")):
        asked = Asked("POST", "https://tanggap.example/hooks/uji-coba/", {}, headers, b"{}")
        answered = kind.hook(shut, asked)
        assert (answered.status, list(answered.heard)) == (403, [])


texts = some.dictionaries(some.text(max_size=20), some.text(max_size=40), max_size=4)


@which("hook")
@patient
@given(
    method=some.sampled_from(["GET", "POST", "PUT", "HEAD", "DELETE", ""]),
    query=texts,
    headers=texts | some.fixed_dictionaries({name: some.text(max_size=80) for name in HEADERS}),
    body=some.binary(max_size=300),
)
def test_no_request_whatever_breaks_a_hook(name, method, query, headers, body):
    kind = registry.KINDS[name]
    answered = kind.hook(
        account(kind), Asked(method, "https://tanggap.example/hooks/uji-coba/", query, headers, body)
    )
    assert isinstance(answered, Answered)
    assert list(answered.heard) == []


# ---- reading ----


def readers(name: str) -> list[Callable[..., Sequence[Heard]]]:
    """Functions of parse.py that make what was heard out of bytes, an account, and the time perhaps."""
    module = importlib.import_module(f"tanggap.channels.{name}.parse")
    ours = [
        one for one in vars(module).values() if inspect.isfunction(one) and one.__module__ == module.__name__
    ]
    return [
        one
        for one in ours
        if bytes in wanted(one).values() and set(wanted(one).values()) <= {*GIVEN, Account}
    ]


GIVEN = {bytes: b"", datetime: NOON}


def wanted(reader: Callable[..., object]) -> dict[str, object]:
    """Its parameters that must be given, with their types; none where it gives back something else."""
    hints = typing.get_type_hints(reader)
    if "Submission" not in str(hints.get("return")):
        return {}
    parameters = inspect.signature(reader).parameters.items()
    return {key: hints.get(key) for key, one in parameters if one.default is inspect.Parameter.empty}


def call(reader: Callable[..., Sequence[Heard]], with_account: Account, data: bytes) -> Sequence[Heard]:
    given_ = {**GIVEN, Account: with_account, bytes: data}
    return reader(**{key: given_[kind] for key, kind in wanted(reader).items()})


NASTY = (
    b"",
    b"null",
    b"[]",
    b'"kata"',
    b"[" * 100_000,
    b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    b"\xff\xfe\x00",
    b"9" * 6000,
    b'{"update_id":1,"message":{"message_id":1e400,"chat":{"id":NaN}}}',
    b'{"object":"page","entry":[{"changes":[{"value":null}]}]}',
    b'{"object":"whatsapp_business_account","entry":[null,1,{"changes":7}]}',
    b'{"for_user_id":"1","tweet_create_events":[null,{"id_str":"\\ud800"}]}',
)
PARSED = [name for name in KINDS if (Path(registry.__file__).parent / name / "parse.py").exists()]
parsed = pytest.mark.parametrize("name", PARSED)


@parsed
def test_bytes_become_what_was_heard_by_a_function_of_parse(name):
    assert readers(name) != []


@parsed
@pytest.mark.parametrize("data", NASTY, ids=range(len(NASTY)))
def test_no_known_nastiness_breaks_the_parser(name, data):
    for reader in readers(name):
        check_heard(account(registry.KINDS[name]), call(reader, account(registry.KINDS[name]), data))


@parsed
@patient
@given(
    data=some.binary(max_size=500) | some.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
)
def test_no_bytes_whatever_break_the_parser(name, data):
    for reader in readers(name):
        check_heard(account(registry.KINDS[name]), call(reader, account(registry.KINDS[name]), data))


def check_heard(of: Account, heard: Sequence[Heard]) -> None:
    """What the door relies on, of everything that was heard."""
    for one in heard:
        assert isinstance(one, typing.get_args(Heard))
        assert one.account == of.code
        assert 0 < len(one.external_id) <= 200
        assert one.at.utcoffset() is not None
        assert isinstance(one.body, bytes)
        if isinstance(one, Submission):
            assert (one.channel, isinstance(one.uuid, UUID)) == (of.code, True)


# ---- sending, asking, fetching, where nobody is ----

LETTER = Outgoing(
    to="12345",
    subject="Laporan JK261124-0007",
    text="Laporan Anda sudah diterima. Nomornya JK261124-0007.",
    reference="JK261124-0007",
    short="Laporan JK261124-0007 diterima.",
    letter=7,
    code="received",
    number="JK261124-0007",
    link="https://tanggap.example/l/JK261124-0007",
    heard_at=NOON,
)
ADDRESSES = ("12345", "+6281234567890", "ani@example.org", "", "\x00", "é\ud800", "../x?y#z", "9" * 3000)


@which("send")
@pytest.mark.parametrize("to", ADDRESSES, ids=range(len(ADDRESSES)))
def test_sending_where_nobody_is_never_raises(name, to):
    kind = registry.KINDS[name]
    result = kind.send(account(kind), Outgoing(**{**vars(LETTER), "to": to}))
    assert isinstance(result, SendResult)
    assert (result.state in STATES - {"sent"}, bool(result.reason) or result.state == "by_hand") == (
        True,
        True,
    )
    assert RAHASIA not in result.reason


@which("send")
def test_a_letter_that_nobody_took_is_tried_again_or_unknown(name):
    kind = registry.KINDS[name]
    to = {"phone": "+6281234567890", "email": "ani@example.org"}
    result = kind.send(
        account(kind), Outgoing(**{**vars(LETTER), "to": to.get((kind.personal or ("",))[0], "12345")})
    )
    tried = result.state == "failed" and result.again
    assert tried or result.closed or result.state in {"unknown", "by_hand"}


@contextmanager
def silent_port() -> Iterator[int]:
    """A port of this machine that takes whatever is sent, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield server.getsockname()[1]


@which("send")
def test_what_may_have_gone_is_unknown_and_not_tried_again_by_itself(name):
    kind = registry.KINDS[name]
    to = {"phone": "+6281234567890", "email": "ani@example.org"}
    letter = Outgoing(**{**vars(LETTER), "to": to.get((kind.personal or ("",))[0], "12345")})
    with silent_port() as port:
        given_ = {one.name: value(one.name, one.default, one.secret, port) for one in kind.settings}
        quick = {one.name: "0.5" for one in kind.settings if one.name == "seconds"}
        result = kind.send(Account("uji-coba", name, {**given_, **quick}, {}, NOON), letter)
    assert result.state in STATES - {"sent"}
    if result.state == "unknown":
        assert (result.again, result.down) == (False, False)


@which("poll")
def test_a_poll_where_nobody_is_says_so_and_promises_nothing(name):
    kind = registry.KINDS[name]
    heard: list[Sequence[Heard]] = []
    with pytest.raises(PROVIDER_IS_AWAY) as caught:
        kind.poll(account(kind), heard.append)
    assert (heard, RAHASIA in str(caught.value)) == ([], False)


@which("listen")
def test_a_line_that_can_not_be_opened_says_so_or_waits_until_it_is_stopped(name):
    """It neither turns in a hot loop, nor breaks in a way that its keeper does not know."""
    kind = registry.KINDS[name]
    asked: list[float] = []

    def stopped() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 20 or asked[-1] - began > 3

    began = time.monotonic()
    with suppress(*PROVIDER_IS_AWAY):
        kind.listen(account(kind), lambda heard: None, stopped)
    assert len(asked) <= 20


@which("fetch")
@pytest.mark.parametrize(
    "ref", [{}, {"id": "x"}, {"file_id": "x"}, {"url": "http://127.0.0.1/"}, {"url": 7, "id": []}]
)
def test_a_file_that_nobody_gives_is_an_error_that_can_be_told(name, ref):
    kind = registry.KINDS[name]
    with pytest.raises((*PROVIDER_IS_AWAY, NotAsked)) as caught:
        kind.fetch(account(kind), ref, 1000)
    assert RAHASIA not in str(caught.value)
