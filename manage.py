#!/usr/bin/env python3
"""Keifu's one command: prepares .venv on a bare machine, then runs ``manage.py COMMAND``."""

import sys


def main():  # type: () -> int
    """Check this Python, prepare the virtual environment, run the command.

    Kept free of newer syntax, so that an old Python can read it and say what is wrong.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python may well read this line
        sys.stderr.write(
            "Keifu needs Python 3.11 or newer, and this is Python {}: "
            "run it with a newer one, for example python3.12 {}.\n".format(
                sys.version.split()[0], " ".join(sys.argv)
            )
        )
        return 4
    if sys.platform == "win32":
        sys.stderr.write("Keifu does not run on Windows itself: use WSL (Linux inside Windows).\n")
        return 4
    from registry.config import bootstrap  # noqa: PLC0415 - only after the checks above

    prepared = bootstrap.main(sys.argv)
    if prepared != 0:
        return prepared
    from registry.config.main import main as run  # noqa: PLC0415 - Django is there only now

    return run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
