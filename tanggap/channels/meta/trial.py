"""The sentences of `tanggap channel test`: what is wrong with an account, in one, without a secret; "" for nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tanggap.channels.base import Account, Kind, Trouble
from tanggap.channels.meta import graph, outcome, read
from tanggap.channels.meta.outcome import Wrong
from tanggap.lib import outside

Step = Callable[[Account], str]


def told(kind: Kind, account: Account, steps: Sequence[Step]) -> str:
    """The first step's sentence that is not empty. Never raises."""
    missing = kind.missing(account)
    if missing:
        return f"The setting {missing[0]} is not given."
    try:
        for step in steps:
            if sentence := step(account):
                return sentence
    except Trouble as trouble:
        return str(trouble)
    except outside.NoAnswer as silence:
        return f"The Graph API at {account['base_url']} gives no answer ({silence})."
    except Wrong as wrong:
        return sentence_of(wrong)
    return ""


def sentence_of(wrong: Wrong, thing: str = "") -> str:
    if not wrong.known:
        return f"The provider answers with HTTP {wrong.status} and no error of its own: wrong base_url, or it is down."
    if "appsecret_proof" in wrong.message:
        return "The app secret does not belong to the app of this token."
    if wrong.code == 190:
        return "The token is refused: it has run out, was taken back, or is not one."
    if thing and (wrong.code, wrong.subcode) in {(100, 33), (803, 0)}:
        return f"There is no {thing} that this token may see: wrong id, or the token is of another business."
    if outcome.meaning(wrong.code, wrong.subcode).word == "pause":
        return f"The provider asks us to wait ({wrong}): try again in some minutes."
    if wrong.code == 10 or wrong.code in outcome.RIGHTS:
        return f"The token lacks a permission ({wrong}): look at the app's permissions and its review."
    return f"The provider refuses ({wrong})."


def object_is_there(path: str, thing: str, fields: str = "id") -> Step:
    """Is the id right, the token good, and the app secret the token's own?"""

    def step(account: Account) -> str:
        try:
            found = graph.call(account, "GET", path, {"fields": fields, **graph.proof(account)})
        except Wrong as wrong:
            return sentence_of(wrong, thing)
        return (
            "" if read.text(found, "id") or read.text(found, "user_id") else f"The answer names no {thing}."
        )

    return step


def subscribed(path: str, thing: str, wanted: Sequence[str] = ()) -> Step:
    """Is an app subscribed, and to the fields we need? Without, nothing ever comes in, and nobody is told."""

    def step(account: Account) -> str:
        try:
            found = graph.call(account, "GET", path)
        except Wrong as wrong:
            return sentence_of(wrong, thing)
        apps = read.rows(found, "data")
        if not apps:
            return f"No app is subscribed to the {thing}: nothing will come in."
        missing = [one for one in wanted if not any(one in fields_of(app) for app in apps)]
        if missing:
            return f"The app is not subscribed to {', '.join(missing)} of the {thing}: they will not come in."
        return ""

    return step


def fields_of(app: Mapping[str, Any]) -> list[str]:
    """Some answers list plain names, some objects with a name."""
    listed = app.get("subscribed_fields")
    found = listed if isinstance(listed, list) else []
    return [one if isinstance(one, str) else read.text(one, "name") for one in found]
