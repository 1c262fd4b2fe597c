"""A growing table of samples that other threads may look at without copying it.

Rows are written once and never changed, so a view handed out stays true for ever: when the array is full, a new one
is begun with the newest rows, and old views keep the old array alive. Cost per row is O(1) amortized.
"""

from __future__ import annotations

import numpy as np

from surefoot.samples import Array


class Trace:
    """The newest `keep_n` (or more) rows of `columns` float64 values, and the absolute index of each."""

    def __init__(self, columns: int, keep_n: int) -> None:
        self.keep_n = max(1, keep_n)
        self._rows = np.empty((2 * self.keep_n, columns))
        self._first = 0  # absolute index of self._rows[0]
        self._n = 0  # rows in use

    @property
    def end(self) -> int:
        """Absolute index one past the newest row."""
        return self._first + self._n

    def append(self, rows: Array) -> None:
        """Add (n, columns) rows."""
        n = len(rows)
        if self._n + n > len(self._rows):
            keep = min(self._n, self.keep_n)
            fresh = np.empty((max(2 * self.keep_n, keep + 2 * n), self._rows.shape[1]))
            fresh[:keep] = self._rows[self._n - keep : self._n]
            self._first += self._n - keep
            self._rows, self._n = fresh, keep
        self._rows[self._n : self._n + n] = rows
        self._n += n

    def last(self, n: int) -> tuple[int, Array]:
        """Absolute index of the first row returned, and a read-only view of the newest min(n, available) rows."""
        start = max(0, self._n - n)
        view = self._rows[start : self._n]
        view.flags.writeable = False
        return self._first + start, view
