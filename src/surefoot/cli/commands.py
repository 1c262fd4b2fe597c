"""What each command does, handed on to where it is done; nothing is imported before it runs."""

from __future__ import annotations

import argparse


def dashboard(args: argparse.Namespace) -> int:
    """The dashboard, from its welcome on."""
    from surefoot.home.dashboard import dashboard

    return dashboard()


def demo(args: argparse.Namespace) -> int:
    """A simulated runner through the real pipeline."""
    from surefoot.live import drill

    return drill.demo(args)


def devices(args: argparse.Namespace) -> int:
    """Sensors in reach."""
    from surefoot import sensors

    return sensors.devices(args)


def stand(args: argparse.Namespace) -> int:
    """A live hold drill."""
    return _watch(args, "stand")


def land(args: argparse.Namespace) -> int:
    """A live landing drill."""
    return _watch(args, "land")


def _watch(args: argparse.Namespace, title: str) -> int:
    if args.device or args.phyphox is not None:
        from surefoot import sensors

        return sensors.watch(args, title)
    from surefoot.live import drill

    return drill.pretended(args, title)


def record(args: argparse.Namespace) -> int:
    """Record without a drill."""
    if args.device or args.phyphox is not None:
        from surefoot import sensors

        return sensors.record(args)
    from surefoot.live import bare

    return bare.record(args)


def replay(args: argparse.Namespace) -> int:
    """Look at a recording."""
    from surefoot.live.replay import replay

    return replay(args)


def score(args: argparse.Namespace) -> int:
    """Score recordings."""
    from surefoot import files

    return files.score(args)


def import_(args: argparse.Namespace) -> int:
    """Turn a foreign recording into one of ours."""
    from surefoot import files

    return files.import_(args)


def export(args: argparse.Namespace) -> int:
    """Turn a recording into open formats."""
    from surefoot import files

    return files.export(args)


def correct(args: argparse.Namespace) -> int:
    """Correct what was found automatically."""
    from surefoot import files

    return files.correct(args)


def calibrate(args: argparse.Namespace) -> int:
    """Find the forward direction."""
    from surefoot import files

    return files.calibrate(args)


def simulate(args: argparse.Namespace) -> int:
    """Make a recording with known truth."""
    from surefoot import files

    return files.simulate(args)


def doctor(args: argparse.Namespace) -> int:
    """Check what surefoot needs."""
    from surefoot import files

    return files.doctor(args)
