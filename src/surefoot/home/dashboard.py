"""The dashboard from its welcome on."""

from __future__ import annotations

import traceback

from surefoot.doctor import data_folder
from surefoot.home import Home
from surefoot.live.lookback import read_past, summarising
from surefoot.signals import stopped_by, undisturbed
from surefoot.sound import loudspeaker
from surefoot.tui.app import Surefoot
from surefoot.tui.screens.summary import SummaryScreen
from surefoot.wording import NOT_MEDICAL


def dashboard() -> int:
    """Until the person leaves; what was recorded is said at the end."""
    home = Home(data_folder())
    voice = loudspeaker("auto")
    read_past(home.reader, None)
    summarise = summarising(home.reader)
    app = Surefoot(
        None, None, first_screen="welcome", home=home, voice=voice,
        debrief=lambda shot: SummaryScreen(summarise, home.look_back),
    )  # fmt: skip
    try:
        with stopped_by(lambda code: app.exit(return_code=code)):
            app.run()
    finally:
        with undisturbed():
            home.close()
            if voice is not None:
                voice.close()
    for path in home.kept:
        print(f"recording: {path}")
    print(NOT_MEDICAL)
    for bug in home.bugs:  # the screen had only a sentence for it
        traceback.print_exception(bug)
    return app.return_code or int(bool(home.bugs))
