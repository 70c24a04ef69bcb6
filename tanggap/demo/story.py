"""One report to be, and what all of them share while they are played."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from tanggap.demo.album import Album
from tanggap.demo.people import Staff
from tanggap.demo.themes import Theme
from tanggap.demo.words import Voice
from tanggap.demo.world import World
from tanggap.models import Area, Category, Channel, Reason, Resolution


@dataclass
class Story:
    """One report to be: what is said, where, by which channel; and what of its life is fixed beforehand."""

    at: datetime
    theme: Theme
    category: Category
    area: Area
    point: tuple[float, float]
    words: str
    language: str
    channel: Channel
    place: str = ""
    geotag: bool = True
    chosen: str = ""
    visibility: str = "private"
    name: str = ""
    phone: str = ""
    photo: bool = False
    copy_of: "Story | None" = None
    outside: bool = False
    fate: dict[str, Any] = field(default_factory=dict)
    script: Callable[[Any], Any] | None = None
    uuid: UUID = field(default_factory=uuid4)
    filed_by: int | None = None  # the partner that files it for somebody, and who does it there
    keyed_by: int | None = None
    case_id: int = 0
    report_id: int = 0


@dataclass
class Stage:
    """What all lives share."""

    world: World
    staff: Staff
    album: Album
    rng: random.Random
    voice: Voice
    refused: Counter = field(default_factory=Counter)
    reasons: dict[str, list[Reason]] = field(default_factory=dict)
    resolutions: dict[str, Resolution] = field(default_factory=dict)

    def read(self) -> "Stage":
        for reason in Reason.objects.order_by("position"):
            self.reasons.setdefault(reason.step, []).append(reason)
        self.resolutions = {row.code: row for row in Resolution.objects.all()}
        return self
