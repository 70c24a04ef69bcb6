"""A page as a browser without script sees it: its words, links and forms, and how a form is sent."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from tests import cast

VOID = {"input", "img", "br", "hr", "meta", "link", "source", "use", "path", "circle", "rect"}


@dataclass
class Form:
    """Fields as the browser would send them; `buttons` are (name, value, words)."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    named: set[str] = field(default_factory=set)  # all names, ticked or not


class Reader(HTMLParser):
    """Collects what matters of a page."""

    def __init__(self, html: str):
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.title = ""
        self._form: Form | None = None
        self._select: str | None = None
        self._first_option: str | None = None
        self._chosen = False
        self._area: str | None = None
        self._catch: list[str] | None = None
        self._link: str | None = None
        self._button: tuple[str, str] | None = None
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {key: value or "" for key, value in attrs}
        if tag in ("script", "style", "svg"):
            self._hidden += 1
        if tag == "form":
            self._form = Form(held.get("action", ""), held.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a":
            self._link, self._catch = held.get("href", ""), []
        elif tag == "button":
            self._button, self._catch = (held.get("name", ""), held.get("value", "")), []
        elif tag == "input":
            self._input(held)
        elif tag == "select":
            self._select, self._first_option, self._chosen = held.get("name", ""), None, False
            self._name(self._select)
        elif tag == "option":
            self._option(held)
        elif tag == "textarea":
            self._area, self._catch = held.get("name", ""), []
            self._name(self._area)

    def _name(self, name: str) -> None:
        if self._form and name:
            self._form.named.add(name)

    def _input(self, held: dict[str, str]) -> None:
        name, kind = held.get("name", ""), held.get("type", "text")
        if not self._form or not name or "disabled" in held:
            return
        self._form.named.add(name)
        if kind == "file":
            self._form.files.append(name)
        elif kind in ("submit", "image"):
            self._form.buttons.append((name, held.get("value", ""), held.get("value", "")))
        elif kind not in ("radio", "checkbox") or "checked" in held:
            self._form.fields.append((name, held.get("value", "on" if kind in ("radio", "checkbox") else "")))

    def _option(self, held: dict[str, str]) -> None:
        if not self._form or not self._select:
            return
        value = held.get("value", "")
        if self._first_option is None:
            self._first_option = value
        if "selected" in held:
            self._chosen = True
            self._form.fields.append((self._select, value))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "svg"):
            self._hidden -= 1
        said = " ".join("".join(self._catch or []).split())
        if tag == "form":
            self._form = None
        elif tag == "a" and self._link is not None:
            self.links.append((self._link, said))
            self._link = self._catch = None
        elif tag == "button" and self._button is not None:
            if self._form:
                self._form.buttons.append((*self._button, said))
            self._button = self._catch = None
        elif tag == "textarea" and self._area is not None:
            if self._form and self._area:
                self._form.fields.append((self._area, "".join(self._catch or []).lstrip("\n")))
            self._area = self._catch = None
        elif tag == "select":
            if self._form and self._select and not self._chosen and self._first_option is not None:
                self._form.fields.append((self._select, self._first_option))
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._catch is not None:
            self._catch.append(data)
        if not self._hidden:
            self.words.append(data)


@dataclass
class Page:
    """An answer that was read. `text` is what a person reads, spaces folded."""

    browser: httpx.Client
    answer: httpx.Response
    reader: Reader

    @classmethod
    def of(cls, browser: httpx.Client, answer: httpx.Response) -> "Page":
        html = answer.text if "html" in answer.headers.get("content-type", "") else ""
        return cls(browser, answer, Reader(html))

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def url(self) -> str:
        return str(self.answer.url)

    @property
    def text(self) -> str:
        return " ".join("".join(self.reader.words).split())

    def form(self, *names: str, action: str = "") -> Form:
        """The one form that has all these fields (or whose action ends so)."""
        found = [
            form for form in self.reader.forms if set(names) <= form.named and form.action.endswith(action)
        ]
        assert len(found) == 1, f"{len(found)} forms with {names} {action!r} on {self.url}: {self.text[:300]}"
        return found[0]

    def link(self, words: str) -> str:
        found = [href for href, said in self.reader.links if words in said]
        assert found, f"no link {words!r} on {self.url}: {[said for _, said in self.reader.links]}"
        return found[0]

    def follow(self, words: str) -> "Page":
        return see(self.browser, urljoin(self.url, self.link(words)))

    def send(self, form: Form, button: str = "", files: list | None = None, **values: object) -> "Page":
        """Send a form as drawn, with `values` typed over it; `button` picks the button with these words."""
        typed = {name: value if isinstance(value, list) else [value] for name, value in values.items()}
        unknown = set(typed) - form.named
        assert not unknown, f"the form has no {unknown}: {sorted(form.named)}"
        data: dict[str, list] = {}
        for name, value in form.fields:
            if name not in typed:
                data.setdefault(name, []).append(value)
        data |= {name: [str(one) for one in value] for name, value in typed.items()}
        if button:
            name, value, _ = next(one for one in form.buttons if button in one[2])
            if name:
                data[name] = [value]
        target = urljoin(self.url, form.action) if form.action else self.url
        if form.method == "get":
            return Page.of(self.browser, self.browser.get(target, params=data))
        headers = {"Referer": self.url}
        return Page.of(self.browser, self.browser.post(target, data=data, files=files, headers=headers))


def see(browser: httpx.Client, address: str) -> Page:
    return Page.of(browser, browser.get(address))


def log_in(browser: httpx.Client, username: str, password: str) -> Page:
    """By password, and by the app's code where it is asked for."""
    page = see(browser, "/masuk/")
    page = page.send(page.form("login", "password"), login=username, password=password)
    for ahead in (0, 1, -1):
        if not page.url.endswith("/akun/dua-langkah/masuk/"):
            break
        page = page.send(page.form("code"), code=cast.code(ahead))
    return page
