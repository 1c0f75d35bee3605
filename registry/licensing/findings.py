"""The answer to "may I?" as values: words, grounds, duties, forbidden uses.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from registry.licensing.codes import ConflictCode, DriftCode
from registry.licensing.interval import ALLOWED, Interval
from registry.licensing.terms import Basis, Level, Permission, Threshold, Word
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Coverage, Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One reason: what one ancestor's licence says about one permission.

    ``best`` and ``worst`` are what this reason alone makes of the answer. A ground that is
    ``overruled`` is shown and binds nothing (rule L12).
    """

    ancestor: NodeId
    license: str  # a catalogue id
    clause: str  # what the record says, e.g. "use_commercial: forbidden"
    grade: Grade  # the weakest link between the question and the text
    basis: Basis
    source: str  # where the statement was read
    best: Level
    worst: Level
    text_url: str = ""  # the licence text, where known
    overruled: bool = False

    @property
    def interval(self) -> Interval:
        """Return both ends."""
        return Interval(self.best, self.worst)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionVerdict:
    """The answer for one permission; the grounds that bind most come first."""

    word: Word
    best: Word
    worst: Word
    grounds: tuple[Ground, ...]

    @property
    def interval(self) -> Interval:
        """Return both ends of what is applicable."""
        return Interval(Level[self.best.name], Level[self.worst.name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something owed, and to which ancestor.

    Equal duties of several ancestors are one: ``ancestor`` and ``trigger`` are the nearest one's,
    ``owed`` has every pair of trigger and ancestor (rule L8). ``grade`` is the strongest evidence.
    """

    duty: str
    value: str
    trigger: str
    ancestor: NodeId
    grade: Grade = Grade.TAG
    owed: tuple[tuple[str, NodeId], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRestriction:
    """One forbidden use, with the ancestors whose text forbids it.

    ``tag`` is ours; ``list:NAME`` stands for a list that nobody has itemised.
    """

    tag: str
    ancestors: tuple[NodeId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about a whole lineage: terms that conflict, or a declaration that drifts.

    ``effects`` is what it makes of permissions, ``relicense`` of other terms; drift binds
    nothing. One that is not firm rests on weak evidence or on a text nobody verified: it only
    widens (rule L23).
    """

    code: ConflictCode | DriftCode
    because: str  # one plain, neutral sentence
    clause: str  # the fields of the records it rests on, e.g. "share_alike.accepts"
    ancestors: tuple[NodeId, ...]
    licenses: tuple[str, ...]  # catalogue ids; the first is of the first ancestor
    grade: Grade
    is_firm: bool = True
    effects: tuple[tuple[Permission, Interval], ...] = ()
    relicense: Interval = ALLOWED


class Exceeded(StrEnum):
    """What the asker's own figure makes of a cap."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # the asker did not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """One limit on who may do something, with every ancestor it is owed to (rule L24)."""

    threshold: Threshold
    license: str
    ancestors: tuple[NodeId, ...]
    grade: Grade
    exceeded: Exceeded = Exceeded.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludedTerritory:
    """One region that texts leave out, with the ancestors whose text does (rule L25)."""

    region: str
    scope: str
    licenses: tuple[str, ...]
    ancestors: tuple[NodeId, ...]


NO_RELICENSE = PermissionVerdict(
    word=Word.NOT_APPLICABLE, best=Word.NOT_APPLICABLE, worst=Word.NOT_APPLICABLE, grounds=()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsVerdict:
    """The answer to "may I?", with every reason for it.

    ``relicense`` answers whether a derivative may go out under other terms (rule L22).
    """

    rights: Mapping[Permission, PermissionVerdict]
    coverage: Coverage
    duties: tuple[Duty, ...] = ()
    use_restrictions: tuple[UseRestriction, ...] = ()
    open_edges: tuple[Edge, ...] = ()
    edges: tuple[Edge, ...] = ()
    notes: tuple[str, ...] = field(default=())
    relicense: PermissionVerdict = NO_RELICENSE
    caps: tuple[Cap, ...] = ()
    territory_excluded: tuple[ExcludedTerritory, ...] = ()
    conflicts: tuple[Finding, ...] = ()
    drift: tuple[Finding, ...] = ()
