"""How often a set is ended although nothing changed, how often a real fall is found, and when legs seem to differ.

python benchmarks/landing_sets.py [SETS]

Softness is drawn from a normal distribution around 70 and cut at 0 and 100: simulated people, not people.
"""

from __future__ import annotations

import sys

import numpy as np

from surefoot.landing_sets import LIMITS, METHOD, Counted, Key, LandedSet
from surefoot.samples import Array
from surefoot.set_changes import left_right

LEFT = Key("drop", "left", 20.0, "firm", "waist", "polar", 200.0, "stick", "none", "on", METHOD)
RIGHT = Key("drop", "right", 20.0, "firm", "waist", "polar", 200.0, "stick", "none", "on", METHOD)


def landed(values: list[float], key: Key = LEFT) -> LandedSet:
    """A set of valid landings."""
    return LandedSet(key, tuple(Counted(k, value) for k, value in enumerate(values, 1)))


def ended(rows: Array) -> Array:
    """(sets,) the valid landing after which each row of softness ends its set; 0: never."""
    found = []
    for row in np.clip(rows, 0, 100).tolist():
        found.append(next((k for k in range(LIMITS.fewest, len(row) + 1) if landed(row[:k]).tires), 0))
    return np.array(found, dtype=np.float64)


def main(sets: int) -> None:
    """Print the tables of the note."""
    rng = np.random.default_rng(1)

    def level(n: int, sd: float) -> Array:
        return np.asarray(70 + rng.normal(0, sd, (sets, n)))

    print(
        f"{sets} sets a cell; ended although nothing changed, %\nvalid  " + "  ".join(f"SD {sd}" for sd in (4, 5, 6, 8))
    )
    for n in (5, 7, 12, 17, 27):
        print(f"{n:5d}  " + "  ".join(f"{100 * np.mean(ended(level(n, sd)) > 0):4.1f}" for sd in (4, 5, 6, 8)))
    for share in (0.05, 0.1):
        bad = 30.0 * (rng.random((sets, 12)) < share)
        print(f"12 landings, SD 5, {share:.0%} 30 points worse: {100 * np.mean(ended(level(12, 5) - bad) > 0):.1f}")
    print("fall over 12 landings: found %, after landing (median)")
    for name, shape in (("line", np.arange(12) / 11), ("step", (np.arange(12) >= 6) * 1.0)):
        for fall in (15, 20, 25, 30):
            cells = []
            for sd in (4, 6):
                at = ended(level(12, sd) - fall * shape)
                cells.append(f"SD {sd}: {100 * np.mean(at > 0):3.0f} {np.median(at[at > 0]):4.0f}")
            print(f"{name} {fall}  " + "  ".join(cells))
    print("legs that do not differ, SD 5: called different, %")
    for n in (LIMITS.compared, 20, 40):
        pairs = zip(np.clip(level(n, 5), 0, 100).tolist(), np.clip(level(n, 5), 0, 100).tolist(), strict=True)
        words = [left_right([landed(a)], [landed(b, RIGHT)]).word for a, b in pairs]
        print(f"{n:5d}  {100 * np.mean([word != 'same' for word in words]):.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
