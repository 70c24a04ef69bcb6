"""Every kind of channel there is: a folder and one line here. A new one is tested by standing in the list."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tanggap.channels.base import Account, Kind
from tanggap.channels.email import EMAIL
from tanggap.channels.facebook import FACEBOOK
from tanggap.channels.georeport import GEOREPORT
from tanggap.channels.instagram import INSTAGRAM
from tanggap.channels.sms import SMS
from tanggap.channels.telegram import TELEGRAM
from tanggap.channels.whatsapp import WHATSAPP
from tanggap.channels.x import X

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (EMAIL, FACEBOOK, GEOREPORT, INSTAGRAM, SMS, TELEGRAM, WHATSAPP, X)
}


def account(
    code: str,
    kind: str,
    *,
    cursor: Mapping[str, Any] | None = None,
    now: datetime | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Account | None:
    """The account of a channel with its settings from the environment; None where the kind can't talk (counter, press)
    or a needed setting is missing: then it is not set up here."""
    known = KINDS.get(kind)
    if known is None:
        return None
    # asked for each letter, of every channel: the first that is missing ends it
    if any(one.needed and not one.default and not given(code, one.name, environ) for one in known.settings):
        return None
    return Account(code, kind, read(code, known, environ), cursor or {}, now)


def read(code: str, kind: Kind, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The settings of one account, with what stands for those not given."""
    return {one.name: given(code, one.name, environ) or one.default for one in kind.settings}


def given(code: str, name: str, environ: Mapping[str, str]) -> str:
    return environ.get(variable(code, name), "").strip()


def variable(code: str, name: str) -> str:
    """The environment's name of a setting.

    >>> variable("sms-wa", "app_secret")
    'TANGGAP_SMS_WA_APP_SECRET'
    """
    return f"TANGGAP_{code}_{name}".upper().replace("-", "_")


def like_settings(environ: Mapping[str, str] = os.environ) -> set[str]:
    """Names of the environment that a channel of some code would read.

    >>> sorted(like_settings({"TANGGAP_SUREL_IMAP_HOST": "", "TANGGAP_SEAL_KEYZ": "", "HOME": ""}))
    ['TANGGAP_SUREL_IMAP_HOST']
    """
    ends = tuple(f"_{one.name}".upper() for kind in KINDS.values() for one in kind.settings)
    return {name for name in environ if name.startswith("TANGGAP_") and name.endswith(ends)}
