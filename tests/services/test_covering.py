"""Boxes over a photo in a real browser: drawn, moved and removed with the pointer, typed by keyboard, published."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from tanggap.models import Event, Upload
from tests import cast as people
from tests.services.test_pages import WIDTHS, findings, told


@pytest.fixture(params=WIDTHS)
def page(request, story, chromium) -> Iterator:
    people.assemble()
    told(timezone.now(), people.WORDS, visibility="public")
    story.work()
    wide, high = WIDTHS[request.param]
    context = chromium.new_context(viewport={"width": wide, "height": high}, base_url=story.url)
    opened = context.new_page()
    opened.said = []
    opened.width = request.param
    opened.on("console", lambda line: opened.said.append(line.text) if line.type == "error" else None)
    opened.on("pageerror", lambda error: opened.said.append(str(error)))
    opened.goto("/masuk/")
    opened.fill("[name=login]", "budi")
    opened.fill("[name=password]", people.PASSWORD)
    opened.click("main button")
    opened.wait_for_url(lambda url: "/masuk/" not in url)
    opened.goto(f"/petugas/foto/{Upload.objects.get().uuid}/terbit/")
    yield opened
    context.close()


def drag(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From here to there, in fractions of the photo."""
    photo = page.locator("[data-photo]")
    photo.scroll_into_view_if_needed()
    box = photo.bounding_box()
    (x, y), (to_x, to_y) = (
        (box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in (start, end)
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + to_x) / 2, (y + to_y) / 2)
    page.mouse.move(to_x, to_y)
    page.mouse.up()


def typed(page) -> list[list[float]]:
    rows = page.locator("[data-box]:visible")
    return [
        [float(field.input_value()) for field in rows.nth(row).locator("input").all()]
        for row in range(rows.count())
    ]


def near(found: list[float], wanted: list[float]) -> bool:
    return all(abs(a - b) < 1.5 for a, b in zip(found, wanted, strict=True))


def test_boxes_by_pointer_and_by_keyboard(page, story, shots):
    assert typed(page) == []
    drag(page, (0.2, 0.2), (0.4, 0.5))
    assert near(typed(page)[0], [20, 20, 20, 30])
    drag(page, (0.3, 0.3), (0.5, 0.4))  # the box itself: it moves
    assert near(typed(page)[0], [40, 30, 20, 30])
    drag(page, (0.6, 0.6), (0.7, 0.8))  # its corner: it grows
    assert near(typed(page)[0], [40, 30, 30, 50])
    drag(page, (0.95, 0.95), (0.85, 0.9))  # from the end to the beginning
    page.click("[data-more]")
    page.keyboard.type("5")
    page.locator("[data-box]:visible").nth(2).locator("input").nth(1).fill("10")
    found = typed(page)
    assert near(found[1], [85, 90, 10, 5])
    assert near(found[2], [5, 10, 20, 20])
    assert page.locator("[data-shown] rect").count() == 3
    page.screenshot(path=shots / f"release-{page.width}.png", full_page=True)
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    page.locator("[data-box]:visible [data-remove]").nth(1).click()
    page.click("button[value=release]")
    page.wait_for_load_state("networkidle")
    boxes = Event.objects.get(verb="case.photo_released").data["boxes"]
    assert len(boxes) == 2
    assert near([part * 100 for part in boxes[0]], [40, 30, 30, 50])
    page.screenshot(path=shots / f"released-{page.width}.png", full_page=True)
    assert findings(page) == []
    assert page.said == []


def test_many_boxes_have_rows_of_their_own(page, story):
    for row in range(4):
        drag(page, (0.1 + row * 0.2, 0.1), (0.2 + row * 0.2, 0.2))
    names = page.locator("[data-box]:visible input").evaluate_all("all => all.map((one) => one.name)")
    assert len(set(names)) == 16
    assert page.locator("[data-box]:visible legend").last.inner_text().startswith("Kotak 4")
    page.click("button[value=release]")
    page.wait_for_load_state("networkidle")
    assert len(Event.objects.get(verb="case.photo_released").data["boxes"]) == 4
