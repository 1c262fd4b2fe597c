"""`surefoot` and `python -m surefoot`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line."""
    try:
        from surefoot.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # while loading
        return 130


if __name__ == "__main__":
    sys.exit(main())
