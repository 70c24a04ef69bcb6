"""The Jinja2 environment of all our pages. Named in settings TEMPLATES; templates lie beside their views
(`tanggap/pages/<who>/x.html` is "who/x.html"), shared ones in `tanggap/web/templates`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.messages import get_messages
from django.forms import BoundField
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils import translation as language
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from . import marks, nav, words


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """`{{ url("track", number=case.number) }}`"""
    return reverse(name, args=args, kwargs=kwargs)


def icon(name: str, words: str = "", fill: bool = False) -> Markup:
    """An icon of the sprite. It always stands beside a word; `words` is hidden text where there is none."""
    look = "i fill" if fill else "i"
    drawn = Markup(
        '<svg class="{}" width="22" height="22" aria-hidden="true"><use href="{}#{}"/></svg>'
    ).format(look, static("tanggap/sprite.svg"), name)
    return drawn + Markup('<span class="hid">{}</span>').format(words) if words else drawn


def attributes(given: dict[str, Any]) -> Markup:
    """A dict as HTML attributes: None and False are left out, True stands alone, names get their hyphens."""
    parts = []
    for name, value in given.items():
        if value is None or value is False or (name == "data-key" and not value):
            continue
        said = escape(name.replace("_", "-"))
        parts.append(Markup(" {}").format(said) if value is True else Markup(' {}="{}"').format(said, value))
    return Markup("").join(parts)


def options(field: BoundField) -> list[dict[str, Any]]:
    """The options of a radio or checkbox group: value, label, selected, attrs (with id)."""
    return [option.data for option in field.subwidgets]


def _now(context: Context) -> datetime:
    found = context.get("now")
    return found if isinstance(found, datetime) else timezone.now()


def _told_now(say: Callable[..., str]) -> Callable[..., str]:
    """A filter that takes the page's `now` where none is given; imported macros hand it in."""

    @pass_context
    def told(context: Context, moment: Any, now: datetime | None = None, *args: Any, **kwargs: Any) -> str:
        return "" if moment is None else say(moment, now or _now(context), *args, **kwargs)

    return told


@pass_context
def time_tag(
    context: Context, moment: datetime | None, how: str = "when", now: datetime | None = None
) -> str:
    """`{{ event.at|time("ago") }}`: a <time>, the exact moment in its title. how: when by ago day left."""
    if moment is None:
        return ""
    now = now or _now(context)
    said = getattr(words, how)(moment, now)
    stamp = timezone.localtime(moment, words.city_zone()).isoformat(timespec="minutes")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(stamp, words.when(moment, now), said)


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": _told_now(words.ago),
    "when": _told_now(words.when),
    "by": _told_now(words.by),
    "day": _told_now(words.day),
    "left": _told_now(words.left),
    "nearness": _told_now(words.nearness),
    "time": time_tag,
    "clock": words.clock,
    "duration": words.duration,
    "number": words.number,
    "percent": words.percent,
    "metres": words.metres,
    "size": words.size,
    "attributes": attributes,
    "masked": marks.masked,
    "unmarked": marks.unmarked,
}
GLOBALS: dict[str, Callable[..., Any]] = {
    "static": static,
    "url": url,
    "icon": icon,
    "link": nav.link,
    "options": options,
    "messages_of": get_messages,
}


def environment(**options: Any) -> Environment:
    """Called once by Django's Jinja2 backend with its loader and autoescape. A missing name is an error: a
    page that silently prints nothing tells nobody."""
    options["undefined"] = StrictUndefined
    options.setdefault("autoescape", True)
    env = Environment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"], **options)
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext,
        language.ngettext,
        newstyle=True,
        pgettext=language.pgettext,
        npgettext=language.npgettext,
    )
    env.filters.update(FILTERS)
    env.globals.update(GLOBALS)
    return env
