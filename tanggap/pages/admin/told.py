"""A Change in words: what an administrator reads instead of columns and ids."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tanggap.models import Change, Reference, Role
from tanggap.web import words

from .forms import PARTNER_KINDS, english

INSIDE = frozenset({"id", "undo", "membership", "account"})  # what no reader needs
LABELS: dict[str, Any] = {
    "name": gettext_lazy("Name"), "email": gettext_lazy("E-mail address"), "language": gettext_lazy("Language"),
    "short": gettext_lazy("Short name"), "parent": gettext_lazy("Under"), "valid_from": gettext_lazy("Begins on"),
    "valid_to": gettext_lazy("Ends on"), "legal": gettext_lazy("Legal basis"),
    "approval_role": gettext_lazy("Approved by"),
    "own_unit": gettext_lazy("Only to own units"),
    "kind": gettext_lazy("Kind of partner"), "daily_quota": gettext_lazy("Reports a day, at most"),
    "area": gettext_lazy("At home in"), "contact": gettext_lazy("How the city reaches it"),
    "active": gettext_lazy("May file"), "on": gettext_lazy("Switched on"),
}  # fmt: skip
OF_CHANNELS: dict[str, Any] = {"daily_quota": gettext_lazy("Letters a day, at most")}
SENTENCES: dict[str, Any] = {
    "invited": gettext_lazy("Invitation sent"), "reset_asked": gettext_lazy("A new password asked for"),
    "password_at": gettext_lazy("A new password chosen"), "connection": gettext_lazy("Account elsewhere"),
}  # fmt: skip


def tell(changes: Iterable[Change]) -> list[Change]:
    """Gives each Change its `told`. One statement, for the roles' names."""
    rows = list(changes)
    roles = (
        {row.code: row.name_en if english() else row.name_id for row in Role.objects.all()} if rows else {}
    )
    for row in rows:
        row.told = sentence(row, roles)
    return rows


def sentence(change: Change, roles: dict[str, str]) -> str:
    after = change.after
    if change.object.startswith("officer:"):
        if after.get("role") in roles:
            return role_of(change, roles)
        for key, said in SENTENCES.items():
            if key in after:
                return str(said)
        if "second_step" in after:
            return _("Second step on") if after["second_step"] == "on" else _("Second step off")
        if "active" in after:
            return active_of(after)
    labels = LABELS | OF_CHANNELS if change.object.startswith("channel:") else LABELS
    return "; ".join(
        f"{labels.get(key, key)}: {shown(key, value, change)}"
        for key, value in after.items()
        if key not in INSIDE
    )


def role_of(change: Change, roles: dict[str, str]) -> str:
    """A role as it is after the change. What did not differ stands in no Change, and is left out."""
    after = change.before | change.after
    agency = Reference.get().agencies.get(after.get("agency", ""))
    parts = [roles[after["role"]], agency.label if agency else ""]
    if after.get("from"):
        parts.append(span(after, change))
    elif after.get("to"):
        parts.append(_("until %(day)s") % {"day": shown("to", after["to"], change)})
    if after.get("for"):
        parts.append(_("for %(name)s") % {"name": after["for"]})
    return ", ".join(part for part in parts if part)


def span(after: dict[str, Any], change: Change) -> str:
    told = _("from %(day)s") % {"day": shown("from", after["from"], change)}
    ends = shown("to", after.get("to", ""), change)
    return f"{told} {_('until %(day)s') % {'day': ends}}" if after.get("to") else told


def active_of(after: dict[str, Any]) -> str:
    if after["active"]:
        return _("Account open")
    ended = len(after.get("ended", ()))
    roles = ngettext("%(num)s role ended", "%(num)s roles ended", ended) % {"num": ended}
    return f"{_('Account closed')}, {roles}" if ended else _("Account closed")


def shown(key: str, value: Any, change: Change) -> str:
    if key in ("valid_from", "valid_to", "from", "to"):
        try:
            return words.day(date.fromisoformat(value), change.at)
        except (TypeError, ValueError):
            return _("open end")
    if key == "kind" and value in PARTNER_KINDS:
        return str(PARTNER_KINDS[value])
    if key == "area" and value in Reference.get().areas:
        return Reference.get().areas[value].name
    if key == "daily_quota" and value is None:
        return _("no limit")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value) if value not in ("", None) else "-"
