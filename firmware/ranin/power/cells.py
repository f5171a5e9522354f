"""Open-circuit voltage of Li-ion cells by charge: the shapes that the estimate chooses from. Pure.

Each shape is public data of a cell type, lowest charge first, as (charge in percent, millivolts):

- `mj1`, LG INR18650-MJ1 (NMC, silicon): foxBMS, `lg_inr18650mj1.c`; its table is by energy, here integrated to charge.
- `p42a`, Molicel INR-21700-P42A (NCA) at C/32 and `40t`, Samsung INR21700-40T (NCA) at C/20: Sunil, Pattipati and
  Balasingam, "Piecewise Linear Approximation of Battery Open-Circuit Voltage Characteristics", IEEE TIM 2025.
- `26h` and `26f`, Samsung ICR18650-26H and -26F (cobalt and NMC blends): the resting tables of an e-bike's battery
  management (github.com/glockwork/ev-stm8l151k6-emotor), per cell.
- `lco`, a lithium cobalt pouch cell at 25 °C: MediaTek's default table in Android kernels, carried on to 3.0 V.
"""

from bisect import bisect_right
from collections.abc import Sequence

Shape = tuple[float, ...]
"""Millivolts at 0, 1 … 100 percent."""

_MEASURED: dict[str, tuple[tuple[float, int], ...]] = {
    "mj1": (
        (0.0, 2572), (1.4, 2929), (2.6, 3050), (3.8, 3126), (5.0, 3176), (6.2, 3212), (7.3, 3244), (8.5, 3276),
        (9.6, 3307), (10.7, 3332), (13.0, 3373), (17.4, 3437), (21.7, 3482), (25.9, 3528), (30.2, 3569), (34.3, 3599),
        (38.5, 3624), (42.6, 3648), (46.7, 3675), (50.7, 3708), (54.7, 3746), (58.7, 3789), (62.6, 3831), (66.5, 3870),
        (70.3, 3902), (74.2, 3934), (77.9, 3970), (81.7, 4011), (85.4, 4050), (89.1, 4077), (92.7, 4092), (96.4, 4113),
        (100.0, 4163),
    ),
    "p42a": (
        (0.0, 2506), (1.51, 2898), (4.52, 3146), (9.55, 3323), (15.08, 3422), (29.15, 3574), (45.73, 3702),
        (83.42, 4064), (94.97, 4101), (100.0, 4193),
    ),
    "40t": (
        (0.0, 2500), (0.5, 2808), (3.52, 3118), (8.54, 3318), (13.57, 3419), (29.15, 3583), (45.23, 3694),
        (83.92, 4066), (95.48, 4112), (100.0, 4200),
    ),
    "26h": (
        (0.0, 3000), (2.5, 3347), (5.0, 3421), (7.5, 3441), (10.0, 3454), (12.5, 3470), (15.0, 3501), (17.5, 3532),
        (20.0, 3554), (22.5, 3570), (25.0, 3582), (30.0, 3596), (35.0, 3611), (40.0, 3625), (45.0, 3642), (50.0, 3667),
        (55.0, 3709), (60.0, 3760), (65.0, 3804), (70.0, 3852), (75.0, 3902), (80.0, 3956), (85.0, 4010), (90.0, 4070),
        (95.0, 4131), (100.0, 4182),
    ),
    "26f": (
        (0.0, 3000), (2.5, 3455), (5.0, 3516), (7.5, 3551), (10.0, 3571), (12.5, 3611), (15.0, 3642), (17.5, 3684),
        (20.0, 3712), (22.5, 3733), (25.0, 3747), (30.0, 3762), (40.0, 3771), (47.5, 3784), (50.0, 3790), (55.0, 3820),
        (60.0, 3862), (65.0, 3887), (70.0, 3916), (75.0, 3950), (80.0, 3987), (85.0, 4030), (90.0, 4077), (95.0, 4126),
        (100.0, 4185),
    ),
    "lco": (
        (0.0, 3000), (1.5, 3286), (2.4, 3426), (4.4, 3553), (6.3, 3632), (8.3, 3657), (11.2, 3673), (15.1, 3688),
        (18.0, 3715), (22.0, 3735), (24.9, 3748), (30.7, 3765), (35.6, 3774), (42.4, 3786), (49.3, 3804), (55.1, 3824),
        (60.0, 3851), (64.9, 3898), (70.7, 3930), (75.6, 3964), (80.5, 4001), (86.3, 4043), (91.2, 4087), (95.1, 4120),
        (100.0, 4180),
    ),
}  # fmt: skip


def even(points: Sequence[tuple[float, float]]) -> Shape:
    """The line through these (percent, millivolts) by whole percents; the first is at 0."""
    charges = [charge for charge, _ in points]
    found = []
    for percent in range(101):
        at = min(bisect_right(charges, percent), len(points) - 1)
        (low, under), (high, over) = points[at - 1], points[at]
        found.append(under + (over - under) * (percent - low) / (high - low))
    return tuple(found)


def _blend(one: str, other: str) -> Shape:
    """Half of each: makers blend cathodes."""
    return tuple((a + b) / 2 for a, b in zip(even(_MEASURED[one]), even(_MEASURED[other]), strict=True))


SHAPES: dict[str, Shape] = {name: even(points) for name, points in _MEASURED.items()} | {
    f"{one}+{other}": _blend(one, other)
    for one, other in (("26h", "26f"), ("26h", "lco"), ("40t", "lco"), ("mj1", "26f"))
}
