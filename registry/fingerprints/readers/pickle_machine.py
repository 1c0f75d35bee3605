"""The stack and memo of an unpickler that holds values of ours, and notes what is asked for.

It behaves as Python's unpickler does, except that nothing is imported, called or made: a call is
noted as a call. Every name outside the allow-list is a finding, whether it is used or not.

Pure Python: importing this module must never import Django.

Source: ``pickle.py`` of Python 3.11; the allow-list and how other scanners were misled:
facts/scanners.md section 5.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from registry.fingerprints.model_file import FileFinding, UnreadableModelFile
from registry.fingerprints.readers.findings import quoted
from registry.fingerprints.readers.pickle_operations import broken
from registry.fingerprints.readers.pickle_values import Call, Global, Pairs, PersistentId

MOST_OBJECTS = 500_000  # texts and containers; a checkpoint of 5,000 tensors has some 100,000
_MOST_STACKED = 200_000  # writers empty the stack after 1,000 items
_MOST_FINDINGS = 50
_TOO_LARGE = frozenset({"header_too_large", "too_many_parts", "pickle_too_large"})

ALLOWED: Final[frozenset[Global]] = frozenset(
    Global(module, name)
    for module, names in json.loads(
        Path(__file__).with_name("pickle_allowlist.json").read_text(encoding="utf-8")
    )["allow"].items()
    for name in names
)


@dataclass(slots=True)
class PickleWalk:
    """What one pickle holds. ``error``: why the walk ended before ``STOP``, if it did.

    ``end``: the place after it in the file. ``calls``: how many calls it asks for.
    """

    value: object = None
    globals: dict[Global, None] = field(default_factory=dict)
    storages: list[object] = field(default_factory=list)
    findings: dict[FileFinding, None] = field(default_factory=dict)
    calls: int = 0
    end: int = 0
    error: UnreadableModelFile | None = None

    @property
    def is_too_large(self) -> bool:
        """Tell whether the walk ended at a limit of ours, not at a mistake in the pickle."""
        return self.error is not None and self.error.code in _TOO_LARGE


class Machine:
    """The stack, the marks and the memo of an unpickler."""

    def __init__(self) -> None:
        """Begin with an empty stack."""
        self.walk = PickleWalk()
        self._stack: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}
        self._objects = 0
        self._found: Counter[str] = Counter()

    def find(self, code: str, because: str) -> None:
        """Note something that makes the pickle not clean; of each kind the first ones."""
        self._found[code] += 1
        if self._found[code] <= _MOST_FINDINGS:
            self.walk.findings.setdefault(FileFinding(code, because))

    def push(self, value: object) -> None:
        """Stack a value."""
        if len(self._stack) >= _MOST_STACKED:
            raise UnreadableModelFile("pickle_too_large", "Too much is stacked.")
        if not isinstance(value, int | float | None):
            self._objects += 1
            if self._objects > MOST_OBJECTS:
                raise UnreadableModelFile(
                    "pickle_too_large", f"It makes more than {MOST_OBJECTS} objects."
                )
        self._stack.append(value)

    def pop(self) -> object:
        """Take the value on top."""
        self._check_depth()
        return self._stack.pop()

    def top(self) -> object:
        """Return the value on top."""
        self._check_depth()
        return self._stack[-1]

    def _check_depth(self) -> None:
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            raise broken("it takes more than it stacked")

    def mark(self) -> None:
        """Remember how high the stack is."""
        if len(self._marks) >= _MOST_STACKED:
            raise UnreadableModelFile("pickle_too_large", "Too much is stacked.")
        self._marks.append(len(self._stack))

    def pop_mark(self) -> list[object]:
        """Take everything above the last mark."""
        if not self._marks:
            raise broken("a mark is missing")
        start = self._marks.pop()
        items = self._stack[start:]
        del self._stack[start:]
        return items

    def drop(self) -> None:
        """Take away one value, or the mark on top of the stack as Python does."""
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        else:
            self.pop()

    def remember(self, key: object) -> None:
        """Keep the value on top in the memo."""
        if not isinstance(key, int) or key < 0 or len(self._memo) >= MOST_OBJECTS:
            raise broken("a place in the memo is none")
        self._memo[key] = self.top()

    def memoize(self) -> None:
        """Keep the value on top in the memo's next place."""
        self.remember(len(self._memo))

    def recall(self, key: object) -> None:
        """Stack a value of the memo."""
        if not isinstance(key, int) or key not in self._memo:
            raise broken("the memo is asked for what it does not hold")
        self.push(self._memo[key])

    def refer(self, module: object, name: object) -> Global:
        """Note a name that Python would import."""
        if not isinstance(module, str) or not isinstance(name, str):
            self.find("pickle_global_unresolved", "A name to import is made up by the pickle.")
            return Global("", "")
        found = Global(module, name)
        if len(self.walk.globals) < _MOST_FINDINGS:
            self.walk.globals.setdefault(found)
        if found not in ALLOWED:
            self.find(
                "pickle_global_not_allowed",
                f"Loading it would import {quoted(f'{module}.{name}')}, which plain weights do not "
                "need.",
            )
        return found

    def call(self, function: object, arguments: object) -> None:
        """Stack what a call would return."""
        self.walk.calls += 1
        if not isinstance(function, Global):
            self.find("pickle_unusual_call", "It calls something that it has made itself.")
        self.push(Call(function, arguments))

    def put_pairs(self, items: list[object]) -> None:
        """Set keys and values, in turn, in the value on top."""
        if len(items) % 2:
            raise broken("a key has no value")
        target = self.top()
        if isinstance(target, Call):
            target.pairs = [] if target.pairs is None else target.pairs
        elif not isinstance(target, Pairs):
            raise broken("keys are set in something that has none")
        known = target.pairs
        if known is not None:
            known.extend(zip(items[::2], items[1::2], strict=True))

    def put_items(self, items: list[object]) -> None:
        """Append to the value on top."""
        target = self.top()
        if isinstance(target, list):
            target.extend(items)
        elif not isinstance(target, Call):
            raise broken("items are appended to something that is no list")

    def persist(self, value: object) -> None:
        """Stack what stands beside the pickle under an identity."""
        self.walk.storages.append(value)
        self.push(PersistentId(value))
