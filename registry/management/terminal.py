"""Write for a terminal: wrapped to its width, words in their colour, nothing it would obey."""

import textwrap
from collections.abc import Callable
from shutil import get_terminal_size

from django.core.management.color import Style

_WIDEST = 110  # columns


class Terminal:
    """A terminal of some width; ``style`` colours nothing where the output is not one."""

    def __init__(self, style: Style) -> None:
        """Look how wide the terminal is."""
        self._width = min(get_terminal_size().columns, _WIDEST)
        self._paint: dict[str, Callable[[str], str]] = {
            "allowed": style.SUCCESS,
            "conditional": style.WARNING,
            "unclear": style.NOTICE,
            "forbidden": style.ERROR,
        }
        self.bold: Callable[[str], str] = style.MIGRATE_HEADING

    def word(self, word: str) -> str:
        """Return a word of a verdict in its colour, padded to a column."""
        return self._paint.get(word, str)(f"{word:<14}")

    def wrapped(self, text: str, *, indent: int, hanging: int) -> list[str]:
        """Return ``text`` as lines, ``indent`` columns in; all but the first ``hanging`` more."""
        return textwrap.wrap(
            " ".join(text.split()),
            width=self._width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hanging),
            break_long_words=False,
            break_on_hyphens=False,
        )
