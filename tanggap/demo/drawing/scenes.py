"""The scenes: for each kind of problem a street before, and the same street after somebody came.

Places are asked for by kind: `street` (asphalt, kerb, pavement, houses), `lane` (narrow, concrete, walls),
`avenue` (wide, trees). A scene adds what is wrong, or what was done about it.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from . import green as n
from . import ground as g
from . import houses as h
from . import things as t
from .view import FINE, HEIGHT, WIDTH, Sheet, View, pick

Stand = Callable[[Sheet, np.random.Generator], None]


class Scene:
    """Plan of the ground, what stands behind, what stands in front."""

    def __init__(self, view: View, after: bool):
        self.view, self.after, self.rng = view, after, view.rng
        self.plan = g.Plan()
        self.behind: list[Stand] = []
        self.front: list[Stand] = []
        self.flooded = 0.0

    def picture(self) -> Image.Image:
        sky = g.sky(self.view)
        floor = g.Ground(self.view, self.plan)
        sky[floor.first :] = floor.drawn()
        flat = Image.fromarray((np.clip(sky, 0, 1) * 255).astype(np.uint8))
        large = flat.resize((WIDTH * FINE, HEIGHT * FINE), Image.Resampling.BILINEAR)
        sheet = Sheet(self.view, large)
        h.skyline(sheet, np.random.default_rng(self.view.seed + 1))
        for draw in self.behind:
            draw(sheet, self.rng)
        if self.flooded:
            self.flood(large)
        for draw in self.front:
            draw(sheet, self.rng)
        return large.reduce(FINE)

    def flood(self, large: Image.Image) -> None:
        """Water mirrors what stands above it, broken by small waves."""
        line = int(self.view.at(0, self.flooded, 30)[1])
        high = large.height - line
        mirror = large.crop((0, max(0, line - high), large.width, line)).transpose(
            Image.Transpose.FLIP_TOP_BOTTOM
        )
        mirror = mirror.resize((large.width, high)).reduce(4).filter(ImageFilter.GaussianBlur(2))
        pixels = np.asarray(mirror, np.float32)
        rows = np.arange(pixels.shape[0])[:, None]
        depth = (rows / pixels.shape[0]) ** 0.7
        ripple = (
            (g.sample(g.noise(3, 1.2), np.arange(pixels.shape[1])[None, :] * 0.55, rows * 5.0) - 0.5)
            * 42
            * depth
        )
        shift = np.clip(np.arange(pixels.shape[1])[None, :] + ripple.astype(int), 0, pixels.shape[1] - 1)
        pixels = pixels[rows, shift] * 0.62 + np.asarray((92, 82, 64), np.float32) * (
            0.30 + 0.14 * depth[..., None]
        )
        pixels += ripple[..., None] * 0.25
        water = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).resize(
            (large.width, high), Image.Resampling.BICUBIC
        )
        large.paste(water, (0, line))


# ---- places ----


def street(scene: Scene) -> None:
    rng = scene.rng
    scene.plan = g.Plan(road=(-3.1, 2.5), wet=0.5 if rng.random() < 0.25 else 0.0)
    left, right = -5.4, 4.9
    houses, trees = int(rng.integers(1 << 30)), int(rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(houses)
        h.row_of_houses(sheet, own, left, 2.0)
        h.row_of_houses(sheet, own, right, 2.2)
        green = np.random.default_rng(trees)
        for z in (44, 33, 24, 16.5):
            if green.random() < 0.7:
                n.tree(sheet, green, left + 0.8, z, green.uniform(4.5, 6.5), green.uniform(1.6, 2.3))
            if green.random() < 0.45:
                n.tree(sheet, green, right - 0.6, z + 4, green.uniform(4, 6), green.uniform(1.4, 2.0))
        for z in (49, 33, 17):
            t.pole(sheet, right - 0.5, z, 7.2)
        t.cables(sheet, green, right - 0.5, 7.0, 7, 0.5, start=1.0)

    scene.behind.append(draw)


def lane(scene: Scene) -> None:
    rng = scene.rng
    scene.plan = g.Plan(
        road=(-2.0, 1.7),
        surface=g.CONCRETE if rng.random() < 0.6 else g.ASPHALT,
        kerb=False,
        walk=0.0,
        lines=False,
    )
    seed = int(rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        h.row_of_houses(sheet, own, 3.3, 5.5, 48)
        h.row_of_houses(sheet, own, -3.4, 7.0, 48)
        h.wall(sheet, own, -2.9, 1.6, 9.0, 1.9, pick(own, h.WALLS))
        for z in (21, 12):
            n.tree(sheet, own, -3.9, z, own.uniform(3.8, 5), own.uniform(1.3, 1.8))
        for z in (8.5, 6.2):
            n.bush(sheet, own, 2.7 + own.uniform(-0.1, 0.3), z, own.uniform(0.7, 1.1), own.uniform(0.6, 1.0))
        t.pole(sheet, 2.4, 13, 6.4)
        t.cables(sheet, own, 2.4, 6.2, 5, 0.4, start=-3, end=44)

    scene.behind.append(draw)


def avenue(scene: Scene) -> None:
    rng = scene.rng
    scene.plan = g.Plan(road=(-5.2, 2.9), walk=2.8, beyond=g.GRASS)
    seed = int(rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        h.row_of_houses(sheet, own, -12.5, 9.0, 80)
        h.row_of_houses(sheet, own, 8.6, 6.0, 80)
        for z in (58, 47, 37, 28, 20.5):
            n.tree(sheet, own, 6.3, z, own.uniform(5.5, 7.5), own.uniform(2.0, 2.7))
            n.tree(sheet, own, -8.6, z + 3, own.uniform(5.5, 7.5), own.uniform(2.0, 2.7))
        for z in (52, 34, 18):
            t.lamp(sheet, 3.4, z, 7.6, sheet.view.light.dark)

    scene.behind.append(draw)


# ---- problems ----


def road_hole(scene: Scene) -> None:
    street(scene)
    x, z = scene.rng.uniform(-1.5, 0.9), scene.rng.uniform(3.4, 4.6)
    wide, deep = scene.rng.uniform(0.9, 1.5), scene.rng.uniform(0.8, 1.3)
    if scene.after:
        scene.plan.marks += [g.patch(x, z, wide * 1.6, deep * 1.7)]
    else:
        scene.plan.marks += [
            g.cracks(x, z),
            g.hole(x, z, wide, deep, scene.rng.random() < 0.5),
            g.hole(x + 0.9, z + 1.9, 0.5, 0.5),
        ]
        scene.front.append(
            lambda sheet, rng: t.litter(sheet, np.random.default_rng(3), x, z - 0.5, 1.4, 0.8, 16)
        )


def pavement(scene: Scene) -> None:
    avenue(scene)
    scene.view.turn(4.2, 4.6, 0.56)
    left = 3.15
    if not scene.after:
        scene.plan.marks.append(g.missing_stones(left, left + 2.4, 4.4))
        scene.front.append(
            lambda sheet, rng: loose_stones(sheet, np.random.default_rng(scene.view.seed), 4.1, 4.2)
        )


def loose_stones(sheet: Sheet, rng: np.random.Generator, x: float, z: float) -> None:
    for at in np.sort(rng.uniform(z - 0.9, z + 0.9, 14))[::-1]:
        px = x + rng.uniform(-0.9, 0.9)
        sheet.box(px, at, 0.20, 0.10, 0.07, (0.64, 0.53, 0.47))


def rubbish(scene: Scene) -> None:
    lane(scene)
    x, z = scene.rng.uniform(-1.6, -1.1), scene.rng.uniform(4.2, 5.2)
    seed = int(scene.rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        if scene.after:
            t.wheelie_bin(sheet, -1.9, z + 0.6, (0.16, 0.42, 0.28))
            t.wheelie_bin(sheet, -1.1, z + 0.6, (0.80, 0.52, 0.16))
        else:
            t.heap(sheet, own, x, z, 2.3, 0.95, 64)

    scene.front.append(draw)


def tree_down(scene: Scene) -> None:
    avenue(scene)
    scene.view.turn(1.2, 7.0, 0.5)
    seed = int(scene.rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        if scene.after:
            n.tree(sheet, own, 5.0, 9.5, 5.6, 1.5)
            for at in range(5):
                sheet.spot(4.0 + at * 0.24, 0.13, 6.0, 0.26, 0.26, (0.50, 0.38, 0.26))
                sheet.spot(4.0 + at * 0.24, 0.13, 5.98, 0.19, 0.19, (0.80, 0.66, 0.46))
            return
        n.tree(sheet, own, 4.7, 9.0, 6.4, 2.7, lean=-2.4)
        sheet.shadow(0.6, 6.0, 4.2, 2.2, 130)
        sheet.line([(4.6, 0.5, 7.6), (2.4, 0.42, 6.6), (-0.4, 0.32, 5.8)], 0.34, (0.36, 0.29, 0.22), 0.8)
        sheet.line([(4.6, 0.56, 7.55), (2.4, 0.50, 6.55), (-0.4, 0.38, 5.75)], 0.12, (0.44, 0.36, 0.27), 1.05)
        for px, pz in ((-0.9, 5.9), (0.5, 5.9), (1.6, 6.2)):
            n.foliage(sheet, own, px, 0.75, pz, 1.0, (0.27, 0.41, 0.17))

    scene.front.append(draw)


def lamp_out(scene: Scene) -> None:
    street(scene)
    scene.view.turn(2.0, 15.0, 0.56)

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        for z in (46, 31):
            t.lamp(sheet, 2.9, z, 6.2, scene.after or z > 40)
        t.lamp(sheet, 2.9, 14.5, 5.4, scene.after)

    scene.front.append(draw)


def parked_cars(scene: Scene) -> None:
    street(scene)
    scene.view.turn(2.2, 8.0, 0.6)
    seed = int(scene.rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        sign(sheet, 2.75, 7.2)
        if scene.after:
            t.cone(sheet, 2.1, 5.0)
            t.cone(sheet, 2.1, 8.0)
            return
        for x in (5.0, 4.3):
            t.motorbike(sheet, x, 7.4 + own.uniform(-0.3, 0.3), pick(own, t.CARS))
        for z in (24, 18.2, 12.4, 6.6):
            t.car(sheet, 1.9, z, pick(own, t.CARS), own.uniform(0.98, 1.15))

    scene.front.append(draw)


def sign(sheet: Sheet, x: float, z: float) -> None:
    """No parking, as everybody knows it."""
    t.pole(sheet, x, z, 2.3, 0.07)
    sheet.spot(x, 2.35, z, 0.62, 0.62, (0.78, 0.12, 0.12))
    sheet.spot(x, 2.35, z, 0.48, 0.48, (0.93, 0.93, 0.92))
    sheet.line([(x - 0.18, 2.53, z), (x + 0.18, 2.17, z)], 0.07, (0.78, 0.12, 0.12))


def drain(scene: Scene) -> None:
    lane(scene)
    scene.view.turn(1.6, 6.0, 0.52)
    scene.plan.marks.append(g.ditch(2.25, 0.75, scene.after))
    seed = int(scene.rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        if scene.after:
            return
        for z in (9.5, 7.4, 5.6, 4.1):
            t.litter(sheet, own, 2.2, z, 0.6, 1.2, 12)
        for z in (8.0, 6.0, 4.4):
            t.bag(
                sheet,
                own,
                2.15 + own.uniform(-0.15, 0.2),
                -0.05,
                z,
                own.uniform(0.25, 0.40),
                pick(own, t.BAGS),
            )
        n.grass(sheet, own, 2.75, 5.2, 0.4, 3.0, 0.35, 60)

    scene.front.append(draw)


def drain_cover(scene: Scene) -> None:
    street(scene)
    scene.view.turn(3.45, 4.4, 0.54)
    x, z = 3.45, scene.rng.uniform(3.9, 4.6)
    scene.plan.marks.append(g.gap(x, z, 0.85, scene.after))
    if not scene.after:

        def draw(sheet: Sheet, _: np.random.Generator) -> None:
            sheet.line([(x + 0.25, 0, z + 0.2), (x + 0.45, 1.5, z + 0.5)], 0.04, (0.60, 0.48, 0.32))
            sheet.face(
                [
                    (x + 0.42, 1.5, z + 0.5),
                    (x + 0.68, 1.42, z + 0.5),
                    (x + 0.60, 1.2, z + 0.5),
                    (x + 0.38, 1.28, z + 0.5),
                ],
                (0.80, 0.16, 0.14),
            )

        scene.front.append(draw)


def flood(scene: Scene) -> None:
    street(scene)
    if scene.after:
        scene.plan.wet = 0.55
    else:
        scene.flooded = 0.12

        def draw(sheet: Sheet, _: np.random.Generator) -> None:
            own = np.random.default_rng(scene.view.seed)
            for z, x in ((15, -1.4), (9.5, 1.3)):
                t.motorbike(sheet, x, z, pick(own, t.CARS))
            for at in (13.0, 7.0):
                t.litter(sheet, own, own.uniform(-2, 2), at, 3.0, 2.0, 10)

        scene.front.append(draw)


def vendors(scene: Scene) -> None:
    avenue(scene)
    scene.view.turn(4.0, 8.5, 0.55)
    seed = int(scene.rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        if not scene.after:
            for z in (17.0, 13.2, 9.4, 6.0):
                t.cart(sheet, own, 3.4 + own.uniform(-0.1, 0.3), z)
            t.litter(sheet, own, 3.8, 4.6, 2.6, 1.8, 30)

    scene.front.append(draw)


def banners(scene: Scene) -> None:
    avenue(scene)
    scene.view.turn(4.6, 10.0, 0.55)
    seed = int(scene.rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        for z in (19.0, 10.5):
            n.tree(sheet, own, 4.9, z, own.uniform(5.6, 6.6), own.uniform(1.7, 2.2))
        if scene.after:
            return
        colours = ((0.72, 0.14, 0.14), (0.16, 0.34, 0.60), (0.86, 0.56, 0.14), (0.14, 0.46, 0.32))
        for at, (x, z, base) in enumerate(((3.3, 16.0, 1.5), (5.6, 12.5, 1.7), (3.0, 8.2, 1.25))):
            for px in (x, x + 2.5):
                t.pole(sheet, px, z, base + 1.0, 0.06, (0.66, 0.56, 0.40))
            t.banner(sheet, own, x, z, 2.5, 0.85, base, colours[(at + scene.view.seed) % 4])

    scene.front.append(draw)


def low_cables(scene: Scene) -> None:
    street(scene)
    scene.view.turn(3.0, 9.0, 0.55)
    seed = int(scene.rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        t.pole(sheet, 3.2, 7.5, 7.0, lean=0.0 if scene.after else -0.5)
        if scene.after:
            t.cables(sheet, own, 3.2, 6.8, 3, 0.25, start=-8.5, end=24)
            return
        t.cables(sheet, own, 3.0, 6.3, 15, 1.0, start=-8.5, end=24)
        t.cables(sheet, own, 2.6, 4.6, 6, 1.7, start=-8.5, end=8)
        for _ in range(4):
            turn = np.linspace(0, 2 * np.pi, 24)
            radius, y = own.uniform(0.25, 0.42), own.uniform(3.6, 5.2)
            sheet.line(
                [(3.05 + radius * np.cos(k), y + radius * np.sin(k), 7.4) for k in turn],
                0.03,
                (0.07, 0.07, 0.08),
            )

    scene.front.append(draw)


def graffiti(scene: Scene) -> None:
    lane(scene)
    scene.view.turn(-2.6, 5.5, 0.36)
    seed, high = int(scene.rng.integers(1 << 30)), 2.3
    fresh = pick(scene.rng, h.WALLS)

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        h.wall(sheet, own, -2.6, 1.5, 12.0, high, fresh)
        if not scene.after:
            t.scribble(sheet, own, -2.6, 3.0, 9.5, high)

    scene.front.append(draw)


def weeds(scene: Scene) -> None:
    avenue(scene)
    scene.view.turn(6.0, 8.0, 0.55)
    seed = int(scene.rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        high, count = (0.12, 320) if scene.after else (0.85, 900)
        n.grass(sheet, own, 6.6, 8.5, 2.4, 8.0, high, count)
        n.grass(sheet, own, 5.6 if not scene.after else 6.4, 5.0, 1.8, 3.0, high, count // 2)

    scene.front.append(draw)


def crossing(scene: Scene) -> None:
    avenue(scene)
    scene.plan.lines = True
    scene.plan.marks.append(g.crossing(6.4, -0.2 if scene.after else 0.62))


def building(scene: Scene) -> None:
    street(scene)
    scene.view.turn(4.2, 10.0, 0.6)
    seed = int(scene.rng.integers(1 << 30))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        own = np.random.default_rng(seed)
        brick = (0.66, 0.42, 0.33)
        x, near, far = 4.3, 6.0, 13.0
        for floor in range(3):
            base = floor * 3.0
            sheet.face(
                [(x, base, near), (x, base + 2.7, near), (x, base + 2.7, far), (x, base, far)], brick, 0.86
            )
            sheet.face(
                [(x, base, near), (x + 5, base, near), (x + 5, base + 2.7, near), (x, base + 2.7, near)],
                brick,
                0.66,
            )
            sheet.face(
                [(x, base + 2.7, near), (x, base + 3.0, near), (x, base + 3.0, far), (x, base + 2.7, far)],
                (0.66, 0.65, 0.62),
            )
            for z in (7.4, 9.8):
                sheet.face(
                    [
                        (x, base + 0.9, z),
                        (x, base + 2.2, z),
                        (x, base + 2.2, z + 1.3),
                        (x, base + 0.9, z + 1.3),
                    ],
                    (0.16, 0.15, 0.15),
                )
        for z in np.linspace(near, far, 6):
            sheet.line([(x - 0.6, 0, z), (x - 0.6, 9.4, z)], 0.06, (0.72, 0.58, 0.36))
        for y in (1.5, 3.2, 5.0, 6.8, 8.6):
            sheet.line([(x - 0.6, y, near), (x - 0.6, y, far)], 0.05, (0.72, 0.58, 0.36))
        if scene.after:
            t.banner(sheet, own, 3.0, 5.8, 1.6, 0.9, 1.0, (0.76, 0.16, 0.14))
        else:
            sheet.shadow(3.3, 5.2, 2.0, 1.2, 120)
            t.litter(sheet, own, 3.3, 5.2, 1.6, 1.0, 26)

    scene.front.append(draw)


def signal(scene: Scene) -> None:
    avenue(scene)
    scene.view.turn(3.3, 7.0, 0.62)
    scene.plan.marks.append(g.crossing(8.5, 0.1))

    def draw(sheet: Sheet, _: np.random.Generator) -> None:
        t.pole(sheet, 3.3, 7.0, 3.6, 0.14, (0.25, 0.27, 0.28))
        sheet.box(3.08, 6.9, 0.44, 0.3, 1.25, (0.10, 0.11, 0.11), base=2.5)
        lit = {0: (0.28, 0.09, 0.08), 1: (0.28, 0.22, 0.07), 2: (0.08, 0.25, 0.12)}
        if scene.after:
            lit[2] = (0.25, 2.2, 0.75)
        for at, colour in lit.items():
            sheet.spot(3.30, 3.54 - at * 0.40, 6.88, 0.28, 0.28, colour)
        if scene.after:
            sheet.glow(3.30, 2.74, 6.88, 0.9, (60, 210, 110), 0.7)

    scene.front.append(draw)


SCENES: dict[str, Callable[[Scene], None]] = {
    "hole": road_hole, "pavement": pavement, "rubbish": rubbish, "tree": tree_down, "lamp": lamp_out,
    "parking": parked_cars, "drain": drain, "cover": drain_cover, "flood": flood, "vendors": vendors,
    "banner": banners, "cables": low_cables, "graffiti": graffiti, "weeds": weeds, "crossing": crossing,
    "building": building, "signal": signal,
}  # fmt: skip
