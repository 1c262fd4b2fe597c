"""The samples around one contact, measured: what the landing chapter's formulas need is put together here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surefoot import landing
from surefoot.fall import LIMITS as FLIGHT
from surefoot.fall import Contact
from surefoot.landing import BEFORE_S, LIMITS, Landing
from surefoot.picture import Bench
from surefoot.samples import Array


def measure_around(
    contact: Contact, after_s: float, rows: Array, bench: Bench, height_cm: float | None, jumped: bool
) -> Landing:
    """One landing from the samples [contact − 0.5 s, contact + `after_s`).

    Args:
        contact: as found.
        after_s: `AFTER_S` for the final value, `EARLY_S` for the provisional one: the low-pass then ends early.
        rows: (n, ≥ 4) session time and acceleration in m/s², a second and more around the contact.
        bench: the sensor.
        height_cm: of the box, or None.
        jumped: the speed comes from half the flight.
    """
    rate, tc = bench.rate_hz, contact.contact_s
    flight_s = None if _holed(contact, rows[:, 0], rate) else contact.flight_s
    rows = rows[slice(*np.searchsorted(rows[:, 0], [tc - BEFORE_S, tc + after_s]).tolist())]
    if len(rows) < 5:  # the header's rate is far from the real one, so the memory was short
        names = (*landing.MEASURED, "impact_speed_mps", "speed_from")
        lost = {} if flight_s is not None else {"flight_s": "gap"}
        return Landing(tc, flight_s=flight_s, missing=dict.fromkeys(names, "low_rate") | lost)
    t, acc = rows[:, 0], rows[:, 1:4]
    holes = np.diff(t) * rate > LIMITS.gap_periods
    near = (t[1:] > tc + LIMITS.gap_from_s) & (t[:-1] < tc + LIMITS.gap_to_s)
    real_rate = (len(t) - 1) / float(t[-1] - t[0])
    if holes.any():  # bridged for the filter's sake, and flagged if it matters
        real_rate = rate
        grid = t[0] + np.arange(int((t[-1] - t[0]) * rate) + 1) / rate
        acc = np.column_stack([np.interp(grid, t, acc[:, axis]) for axis in range(3)])
    v, origin, doubtful = landing.speed(flight_s, height_cm, jumped)
    found = landing.measure(
        acc, real_rate, (tc - float(t[0])) * real_rate, v, bench.placement, contact_s=tc, range_ms2=bench.range_ms2
    )
    gap = bool((holes & near).any()) or (flight_s is None and v is None)
    said = {"gap": gap, "v_uncertain": doubtful, "no_stick": contact.bounced}
    flags = (*found.flags, *(flag for flag, true in said.items() if true))
    missing = dict(found.missing)
    if v is None:
        missing |= dict.fromkeys(("impact_speed_mps", "speed_from"), "no_flight")
    if flight_s is None:
        missing = {"flight_s": "gap"} | {name: "gap" if why == "no_flight" else why for name, why in missing.items()}
    return replace(found, flight_s=flight_s, speed_from=origin, flags=flags, missing=missing)


def _holed(contact: Contact, t: Array, rate_hz: float) -> bool:
    """Whether samples are missing where the fall began or ended, or so many within it that a step fits in: then nobody
    knows how long it lasted. A short hole in the air hides nothing."""
    holes = np.diff(t) * rate_hz > LIMITS.gap_periods
    touches = (t[1:] > contact.fall_s - 1 / rate_hz) & (t[:-1] < contact.contact_s)
    in_the_air = (t[:-1] > contact.fall_s) & (t[1:] < contact.contact_s) & (np.diff(t) < FLIGHT.shortest_s)
    return bool((holes & touches & ~in_the_air).any())
