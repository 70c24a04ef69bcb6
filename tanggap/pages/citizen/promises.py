"""What the city promises, in words: "24 jam", "7 hari". From the dated rules, so that a page never promises
another."""

from datetime import datetime

from django.utils.translation import ngettext

from tanggap.models import City, Promise, Reference
from tanggap.sla.clocks import due, ruling


def promise(step: str, now: datetime, category_id: int | None = None) -> Promise | None:
    """The rule for web reports that holds today."""
    day = now.astimezone(City.get().zone).date()
    return ruling(Reference.get().promises, step, day, category_id, "web")


def span(step: str, now: datetime) -> str:
    """How long a step may take; "" where the city promises nothing."""
    rule = promise(step, now)
    if rule is None:
        return ""
    hours, working = rule.unit == "hours", rule.calendar == "working"
    if hours and working:
        said = ngettext("%(count)s working hour", "%(count)s working hours", rule.amount)
    elif working:
        said = ngettext("%(count)s working day", "%(count)s working days", rule.amount)
    elif hours:
        said = ngettext("%(count)s hour", "%(count)s hours", rule.amount)
    else:
        said = ngettext("%(count)s day", "%(count)s days", rule.amount)
    return said % {"count": rule.amount}


def spans(now: datetime) -> dict[str, str]:
    return {step: span(step, now) for step in Promise.STEPS}


def first_answer_by(opened_at: datetime) -> datetime | None:
    """When the first office must have answered a report that came in then."""
    rule = promise(Promise.FIRST_RESPONSE, opened_at)
    return due(rule, opened_at, City.get().time_zone) if rule else None
