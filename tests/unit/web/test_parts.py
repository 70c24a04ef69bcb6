"""The macros every page is made of."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.template import engines
from jinja2 import UndefinedError

from tanggap import workflow
from tanggap.web.translations import PACKAGE

SHAPES = ["wait", "pass", "work", "date", "look", "again", "done", "yes", "no-go", "late"]
NOW = datetime(2026, 11, 24, 3, 40, tzinfo=UTC)


def drawn(source: str, **context: Any) -> str:
    head = '{% import "parts.html" as p %}{% import "fields.html" as f %}'
    return engines["jinja2"].env.from_string(head + source).render(**context)


class Report(forms.Form):
    place = forms.CharField(label="Tempat", help_text="Sebut yang dekat")
    words = forms.CharField(label="Cerita", widget=forms.Textarea)
    seen = forms.ChoiceField(
        label="Siapa", widget=forms.RadioSelect, choices=[("private", "Pribadi"), ("public", "Terbuka")]
    )
    area = forms.ChoiceField(label="Kelurahan", choices=[("1", "Tebet Timur"), ("2", "Pluit")])
    agree = forms.BooleanField(label="Setuju")
    photos = forms.FileField(label="Foto", required=False)
    code = forms.CharField(widget=forms.HiddenInput, required=False)
    password = forms.CharField(label="Sandi", widget=forms.PasswordInput, required=False)


ALL = "{% for field in form %}{{ f.draw(field) }}{% endfor %}"


def test_what_was_typed_is_drawn_again_and_can_do_no_harm():
    page = drawn(
        ALL, form=Report({"place": '"><script>', "words": "</textarea><b>", "area": "2", "code": "7"})
    )
    assert "<script" not in page
    assert "</textarea><b>" not in page
    assert "&#34;&gt;&lt;script&gt;" in page
    assert "&lt;/textarea&gt;&lt;b&gt;" in page
    assert '<option value="2" selected>Pluit</option>' in page
    assert '<input type="hidden" name="code" value="7">' in page


def test_a_password_is_never_drawn_again():
    assert "hunter2" not in drawn(ALL, form=Report({"password": "hunter2"}))


def test_each_error_stands_at_its_field_and_once_on_top_with_a_link_that_leads_there():
    page = drawn("{{ f.errors(form) }}" + ALL, form=Report({}))
    for target in re.findall(r'<li><a href="#([^"]+)"', page):
        assert f'id="{target}"' in page
    assert page.count("Isi bagian ini dulu.") == 10  # five fields, twice each


def test_every_control_is_described_by_its_hint_and_its_error():
    page = drawn(ALL, form=Report({}))
    assert 'aria-describedby="id_place-hint id_place-why"' in page
    assert 'aria-invalid="true"' in page
    for ids in re.findall(r'aria-describedby="([^"]+)"', page):
        for target in ids.split():
            assert f'id="{target}"' in page


def test_nothing_is_required_or_cut_off_by_the_browser():
    page = drawn(ALL, form=Report())
    assert not re.search(r"\s(required|maxlength)[\s=>]", page)


def test_every_label_belongs_to_a_control():
    page = drawn(ALL, form=Report())
    for target in re.findall(r'<label for="([^"]+)"', page):
        assert f'id="{target}"' in page


def test_staged_photos_travel_on_and_can_be_left_out():
    page = drawn(
        '{{ f.photos(form["photos"], staged=staged) }}',
        form=Report(),
        staged=[{"token": "t1", "src": "/x.jpg", "alt": "lubang"}],
    )
    assert 'name="photos_staged" value="t1"' in page
    assert 'name="photos_drop" value="t1"' in page


def test_no_more_photos_are_offered_than_are_taken():
    full = [{"token": str(n), "src": "/x", "alt": "x"} for n in range(4)]
    assert 'type="file"' not in drawn(
        '{{ f.photos(form["photos"], staged=staged) }}', form=Report(), staged=full
    )


def test_the_line_says_where_it_is_to_eyes_and_ears():
    stops = [
        {"title": "Diterima", "kind": "done"},
        {
            "title": "Kelurahan",
            "kind": "now",
            "late": True,
            "here": [("Giliran kelurahan.", "Sisa 3 jam kerja")],
            "took": 82,
            "share": 86,
        },
        {"title": "Dinas", "kind": "next", "in": True},
    ]
    page = drawn('{{ p.jalur(stops, "Jalur") }}', stops=stops)
    assert '<li class="now late" aria-current="step">' in page
    assert '<li class="next in">' in page
    assert "Sudah lewat: " in page
    assert "Sekarang di sini: " in page
    assert "Berikutnya: " in page
    assert "1 jam 22 menit sejauh ini" in page
    assert "86 %" in page


def test_a_line_of_twenty_stops_draws_twenty():
    stops = [{"title": str(n), "kind": "done" if n < 9 else "next"} for n in range(20)]
    assert drawn('{{ p.jalur(stops, "Jalur", tall=True) }}', stops=stops).count("<li") == 20
    assert drawn('{{ p.mini(stops, "") }}', stops=stops).count("<circle") == 20


def test_every_public_word_has_a_pill_with_a_word_of_its_own():
    words = [
        workflow.WAITING, workflow.COORDINATION, workflow.DISPOSITION, workflow.PROCESS, workflow.VALIDATION,
        workflow.SENT_BACK, workflow.DONE, workflow.CONFIRMED, workflow.CONTESTED, workflow.ESTIMATED,
        workflow.REJECTED, workflow.MERGED, workflow.ASKED,
    ]  # fmt: skip
    for word in words:
        page = drawn("{{ p.pill(word) }}", word=word)
        shape, said = re.fullmatch(r'<span class="pill ([a-z-]+)">(.+)</span>', page).groups()
        assert (shape in SHAPES, said != word) == (True, True), word
    assert "Dikonfirmasi warga" in drawn('{{ p.pill("confirmed") }}')


def test_only_the_citizens_word_is_green():
    green = [
        word
        for word in ("done", "confirmed", "validation", "merged")
        if "pill yes" in drawn("{{ p.pill(w) }}", w=word)
    ]
    assert green == ["confirmed"]


def test_a_key_stands_on_its_button():
    assert 'data-key="r"' in drawn('{{ p.deed("Teruskan", key="r") }}')
    assert '<kbd aria-hidden="true">Ctrl</kbd> <kbd aria-hidden="true">Enter</kbd>' in drawn(
        '{{ p.keys("Ctrl Enter") }}'
    )


def test_a_digit_jumps_with_alt_and_a_letter_without():
    page = drawn(
        '{{ f.text(form["place"], key="5") }}{{ f.textarea(form["words"], key="n") }}', form=Report()
    )
    assert re.findall('data-key="([^"]+)"', page) == ["Alt 5", "n"]


def test_a_moment_carries_its_exact_time():
    page = drawn('{{ moment|time("by") }}', moment=NOW, now=NOW)
    assert page == '<time datetime="2026-11-24T10:40+07:00" title="Sel 24 Nov, 10.40">hari ini, 10.40</time>'


def test_a_name_nobody_gave_is_an_error_not_a_gap():
    with pytest.raises(UndefinedError):
        drawn("{{ nobody }}")


def test_every_icon_named_in_a_template_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (PACKAGE / "static/tanggap/sprite.svg").read_text()))
    templates = [*(PACKAGE / "pages").rglob("*.html"), *(PACKAGE / "web").rglob("*.html")]
    for template in templates:
        named = set(re.findall(r'icon\("([a-z]+)"', template.read_text()))
        named |= set(re.findall(r'picture="([a-z]+)"', template.read_text()))
        assert named <= sprite, template.name


def test_no_template_holds_a_style_or_a_script_of_its_own():
    for template in PACKAGE.rglob("*.html"):
        text = template.read_text()
        assert not re.search(
            r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\ssrc=)|javascript:|https?://(?!www\.w3\.org)",
            text,
        ), template
