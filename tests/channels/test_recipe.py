"""The recipe of CONTRIBUTING.md works as it stands there: the example is run, registered, spoken to, and held to the
same contract as every other kind."""

import ast
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from tanggap.channels import registry
from tanggap.channels.base import Account, Asked, Contact, Kind, Outgoing, SendResult, Submission, Unreadable
from tests.channels import test_contract as contract
from tests.world.server import Says, Seen, Server

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
RECIPE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text().partition("## How to add a channel")[2]
CODE = re.search(r"```python\n(.*?)```", RECIPE, re.DOTALL)[1]
FOLDER = "tanggap.channels.papan"


@pytest.fixture(name="papan")
def _papan(monkeypatch) -> Kind:
    """The folder, as if it lay there: the module and its parse.py are one file here."""
    module = ModuleType(f"{FOLDER}.parse")
    exec(compile(CODE, "CONTRIBUTING.md", "exec"), module.__dict__)
    for name in (FOLDER, f"{FOLDER}.parse"):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(registry.KINDS, "papan", module.PAPAN)
    return module.PAPAN


class Board(Server):
    """The other side: answers hang on it."""

    def answer(self, seen: Seen) -> Says:
        return Says(200 if seen.json().get("to") == "ani" else 404, {})


def account(url: str = "http://127.0.0.1:9/") -> Account:
    environ = {"TANGGAP_PAPAN_RW5_WORD_SECRET": "baru,lama", "TANGGAP_PAPAN_RW5_BASE_URL": url}
    found = registry.account("papan-rw5", "papan", environ=environ, now=NOON)
    assert found is not None
    return found


def asked(body: bytes, word: str) -> Asked:
    return Asked("POST", "https://tanggap.example/hooks/papan-rw5/", {}, {"x-papan-word": word}, body)


NOTE = json.dumps({"id": "7", "who": "ani", "words": "Lampu gang mati"}).encode()


@pytest.mark.parametrize("word", ["baru", "lama"])
def test_a_note_on_the_board_becomes_a_submission(papan, word):
    answered = papan.hook(account(), asked(NOTE, word))
    (one,) = answered.heard
    assert (answered.status, type(one)) == (200, Submission)
    assert (one.channel, one.account, one.external_id, one.words, one.at, one.body) == (
        "papan-rw5",
        "papan-rw5",
        "note:7",
        "Lampu gang mati",
        NOON,
        NOTE,
    )
    assert one.sender == Contact("papan", "ani", proven=False)
    assert papan.hook(account(), asked(NOTE, word)).heard[0].uuid == one.uuid


def test_a_note_without_words_is_for_a_person_and_a_wrong_word_is_nobody(papan):
    assert [type(one) for one in papan.hook(account(), asked(b"{", "baru")).heard] == [Unreadable]
    wrong = papan.hook(account(), asked(NOTE, "salah"))
    assert (wrong.status, list(wrong.heard)) == (403, [])


def test_an_answer_hangs_below_the_note(papan):
    letter = Outgoing(
        to="ani", subject="", text="Laporan Anda JK261124-0007 diterima.", reference="JK261124-0007"
    )
    with Board() as board:
        assert papan.send(account(board.url), letter) == SendResult("sent", "http_200")
        nobody = papan.send(account(board.url), Outgoing(**{**vars(letter), "to": "eko"}))
        assert nobody == SendResult("failed", "http_404")
        assert board.book[0].json() == {"to": "ani", "text": letter.text}
    away = papan.send(account(board.url), letter)
    assert (away.state, away.again) == ("failed", True)


def test_it_is_not_set_up_without_its_word(papan):
    assert registry.account("papan-rw5", "papan", environ={}) is None


def test_the_example_is_fifteen_lines_beside_its_imports_and_its_card():
    functions = [node for node in ast.parse(CODE).body if isinstance(node, ast.FunctionDef)]
    assert sum(node.end_lineno - node.lineno + 1 for node in functions) == 15


PROMISES = (
    (contract.test_every_setting_is_told_and_every_secret_marked, ({},)),
    (contract.test_an_account_prints_no_secret, ({},)),
    (contract.test_without_its_needed_settings_it_is_not_set_up, ({},)),
    (
        contract.test_a_wrong_signature_is_403_with_nothing_heard,
        ({"headers": {}}, {"headers": contract.HEADERS}),
    ),
    (contract.test_a_hook_without_its_secrets_is_shut, ({},)),
    (contract.test_no_request_whatever_breaks_a_hook, ({},)),
    (contract.test_bytes_become_what_was_heard_by_a_function_of_parse, ({},)),
    (contract.test_no_known_nastiness_breaks_the_parser, [{"data": data} for data in contract.NASTY]),
    (contract.test_no_bytes_whatever_break_the_parser, ({},)),
    (contract.test_sending_where_nobody_is_never_raises, [{"to": to} for to in contract.ADDRESSES]),
    (contract.test_a_letter_that_nobody_took_is_tried_again_or_unknown, ({},)),
)


@pytest.mark.parametrize("promise", PROMISES, ids=[test.__name__ for test, _ in PROMISES])
def test_it_keeps_what_every_kind_promises(papan, promise):
    test, values = promise
    for more in values:
        test(name="papan", **more)
