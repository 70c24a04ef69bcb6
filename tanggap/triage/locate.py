"""A point or words -> a kelurahan. Sure, or not: never a guess."""

from dataclasses import dataclass
from itertools import groupby

from tanggap.lib import geo
from tanggap.lib.text import words as split
from tanggap.models import Area, City, Reference

LEVEL_WORDS = {
    Area.KELURAHAN: ("kelurahan", "kel", "desa", "lurah"),
    Area.KECAMATAN: ("kecamatan", "kec", "camat"),
    Area.KOTA: ("kota", "walikota", "jakarta"),
}


@dataclass(frozen=True)
class Place:
    """`area`: code of the kelurahan, or "" when unsure. `outside`: the neighbour's name. `how`: polygon, nearest,
    words, outside, unknown. `candidates`: codes that words could mean."""

    area: str = ""
    outside: str = ""
    how: str = "unknown"
    metres: int = 0
    candidates: tuple[str, ...] = ()


def at_point(lat: float, lon: float) -> Place:
    """Polygon first; off a coast or edge the nearest kelurahan within the city's distance; else outside.

    Swapped coordinates are tried the other way round: people and machines mix them up.
    """
    known, city = Reference.get(), City.get()
    for one, other in ((lat, lon), (lon, lat)):
        if not geo.valid_point(one, other):
            continue
        code = known.index.at(one, other)
        if code:
            return Place(code, how="polygon")
        near = known.index.nearest(one, other, city.value("nearest_m", 1500))
        if near and not within_neighbour(one, other, city):
            return Place(near[0], how="nearest", metres=round(near[1]))
    return Place(outside=neighbour(lat, lon, city), how="outside")


def within_neighbour(lat: float, lon: float, city: City) -> str:
    for row in city.value("neighbours", []):
        box = row.get("bounds")
        if box and box["min_lat"] <= lat <= box["max_lat"] and box["min_lon"] <= lon <= box["max_lon"]:
            return row["name"]
    return ""


def neighbour(lat: float, lon: float, city: City) -> str:
    """Whose place it is, for the polite answer; the generic neighbour when none is near."""
    inside = within_neighbour(lat, lon, city)
    if inside:
        return inside
    rows = [row for row in city.value("neighbours", []) if "lat" in row]
    near = [(geo.haversine_m(lat, lon, row["lat"], row["lon"]), row["name"]) for row in rows]
    metres, name = min(near, default=(0, ""))
    return name if near and metres < 30_000 else "elsewhere"


def in_words(text: str) -> Place:
    """Names of kelurahan in words. Longest name first; a name that is also an ordinary word, or that a kecamatan
    bears too, counts only behind "kelurahan"; several different ones are no answer."""
    said = " ".join(split(text))
    if not said:
        return Place()
    named = names_in(said, gazetteer())
    sure = {code for code, certain in named if certain}
    if len(sure) == 1:
        return Place(sure.pop(), how="words")
    narrowed = narrow(named)
    if len(narrowed) == 1:
        return Place(narrowed[0], how="words")
    return Place(candidates=tuple(sorted({code for code, _ in named})))


@dataclass(frozen=True)
class Name:
    words: str
    code: str
    level: str
    plain: bool  # may stand without its level word


def gazetteer() -> list[Name]:
    """All names and aliases of the city's areas, longest first; kept with the reference data."""
    known = Reference.get()
    kept = getattr(known, "names", None)
    if kept is None:
        kept = known.names = build_names(known, City.get())
    return kept


def build_names(known: Reference, city: City) -> list[Name]:
    traps = {" ".join(split(word)) for word in city.value("ordinary_words", [])}
    spoken: dict[str, set[str]] = {}
    rows = []
    for area in known.areas.values():
        for name in {area.name, *area.aliases}:
            words = " ".join(split(name))
            rows.append((words, area))
            spoken.setdefault(words, set()).add(area.level)
    return sorted(
        (Name(words, area.code, area.level, plain(words, spoken, traps)) for words, area in rows),
        key=lambda name: (-len(name.words), name.words, name.code),
    )


def plain(words: str, spoken: dict[str, set[str]], traps: set[str]) -> bool:
    return words not in traps and len(spoken[words]) == 1


def names_in(said: str, names: list[Name]) -> list[tuple[str, bool]]:
    """(code, certain) of every area named. A found name is blanked, so that "Cilandak Timur" isn't "Cilandak" too;
    "kelurahan Jatinegara" is looked for before "Jatinegara", which may be the kecamatan."""
    text, found = f" {said} ", []
    heard = [name for name in names if f" {name.words} " in text]  # said is words and single spaces
    for name in heard:
        for before in LEVEL_WORDS[name.level]:
            if f" {before} {name.words} " in text:
                found.append((name.code, name.level == Area.KELURAHAN))
                text = text.replace(f" {before} {name.words} ", " # ")
    for words, group in groupby(heard, key=lambda name: name.words):
        if f" {words} " in text:
            same = [name for name in group if name.plain or is_shared(name, names)]
            found += [(name.code, name.level == Area.KELURAHAN and name.plain) for name in same]
            text = text.replace(f" {words} ", " # ")
    return found


def is_shared(name: Name, names: list[Name]) -> bool:
    """A kelurahan that bears its kecamatan's name: named without "kelurahan" it is a hint, no more."""
    return any(other.words == name.words and other.level != name.level for other in names)


def narrow(named: list[tuple[str, bool]]) -> list[str]:
    """Of several certain kelurahan, those inside a kecamatan or kota that is named too."""
    known = Reference.get()
    codes = {code for code, _ in named}
    above = {code for code in codes if known.areas[code].level != Area.KELURAHAN}
    sure = [code for code, certain in named if certain]
    return [code for code in sure if any(area.code in above for area in known.areas[code].lineage()[1:])]
