"""What a pickle would make, as plain values of ours: nothing is imported, called or made.

Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Global:
    """A name that a pickle asks Python to import."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class PersistentId:
    """What torch keeps beside the pickle: usually a storage."""

    value: object


@dataclass(slots=True, eq=False)
class Pairs:
    """A dictionary as written; keys may be anything, also twice."""

    pairs: list[tuple[object, object]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Call:
    """What a call would return; ``pairs`` were set in it, ``state`` was given to it."""

    function: object
    arguments: object
    pairs: list[tuple[object, object]] | None = None
    state: object = None
