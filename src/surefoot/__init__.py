"""surefoot: a balance trainer for runners. See README.md.

Names are handed on lazily, so that `import surefoot` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_WHERE = {"read": "recording", "replay": "plan", "score": "results"}
__all__ = ["__version__", "read", "replay", "score"]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"surefoot.{_WHERE[name]}"), name)
    raise AttributeError(f"module 'surefoot' has no attribute {name!r}")
