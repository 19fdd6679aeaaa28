"""How is a command kept from hanging for ever? `python -m app.syncing.limited SECONDS …`: the kernel ends it then.

The alarm stays set when the process becomes `python -m app …`, and needs nobody who watches over it.
"""

from __future__ import annotations

import os
import signal
import sys


def main(arguments: list[str]) -> None:
    """Become that command, with an end set to it.

    :param arguments: the seconds, then what follows `python -m app`.
    """
    signal.alarm(int(arguments[0]))
    os.execv(sys.executable, [sys.executable, "-m", "app", *arguments[1:]])


if __name__ == "__main__":
    main(sys.argv[1:])
