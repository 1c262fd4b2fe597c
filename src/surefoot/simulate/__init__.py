"""Recordings of people who do not exist: physics with known truth → packets of a real device's encoder.

For tests, demonstrations and measuring mistakes of the rest of surefoot, whose code it therefore does not
use: only the data types and the codecs. Every random draw comes from `numpy.random.default_rng(seed)`, so the
same call gives the same bytes. The numbers are a model's, not people's.
"""

from surefoot.simulate.gait import sit, stairs, step_down, walk
from surefoot.simulate.holds import stand
from surefoot.simulate.impact import STYLES
from surefoot.simulate.landings import drops, hops
from surefoot.simulate.mishaps import bumps, dropped, shaken
from surefoot.simulate.sensor import SensorSetup
from surefoot.simulate.stance import PRESET_ALIASES, STANCE_PRESETS, StancePreset, preset_name
from surefoot.simulate.stream import Simulated

__all__ = [
    "PRESET_ALIASES",
    "STANCE_PRESETS",
    "STYLES",
    "SensorSetup",
    "Simulated",
    "StancePreset",
    "bumps",
    "dropped",
    "drops",
    "hops",
    "preset_name",
    "shaken",
    "sit",
    "stairs",
    "stand",
    "step_down",
    "walk",
]
