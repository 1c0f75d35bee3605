"""Compare the stored rights with what the object engine says, model by model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from registry.errors import Conflict
from registry.licensing.terms import Permission, Word
from registry.models import Artifact, ModelFile, ModelVersion, RightsKind
from registry.rights.answers import RowAnswer, Said, is_to_ask, read_row
from registry.selectors.answers import answer_for_digest
from registry.selectors.rights_engine import Told, keys_of, told_of, told_of_bytes
from registry.selectors.rights_epochs import is_outdated
from registry.selectors.rights_store import stored_codes, stored_rows
from registry.selectors.statements import Key, KeyKind
from registry.selectors.subjects import subject_of_digest

_BATCH = 50
_WHOLE_ANSWERS = 25  # of as many bytes one is compared with the whole answer

Difference = str
Watch = Callable[[int], object]


class RightsOutdated(Conflict):
    """Something changed since rights were computed, or they never were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many were compared, and the first of those that differ."""

    versions: int
    artifacts: int
    beyond: int  # left out: their lineage is larger than what the object engine reads
    on_read: int  # left out: the object engine answers whenever somebody asks
    differing: int
    examples: tuple[Difference, ...]


def compare_rights(*, every: int = 1, watch: Watch = lambda _done: None) -> Comparison:
    """Return how the stored rights compare with the object engine's, for all versions and bytes.

    Every 25th of the bytes is compared with the whole answer that everybody gets besides.

    :param every: look at each n-th only
    :param watch: told how many more have been compared
    :raises RightsOutdated: if what is stored is not of the tables as they are
    """
    if is_outdated():
        raise RightsOutdated("Rights are not computed as things stand: run recompute_rights first.")
    engine = _Engine()
    versions = ModelVersion.objects.order_by("pk").values_list("pk", flat=True)
    listed = ModelFile.objects.filter(artifact__isnull=False).values("artifact")
    artifacts = Artifact.objects.filter(pk__in=listed).order_by("pk").values_list("pk", flat=True)
    differing: list[Difference] = []
    on_read = 0
    counts: dict[RightsKind, int] = {}
    for kind, rows in ((RightsKind.VERSION, versions), (RightsKind.ARTIFACT, artifacts)):
        pks = list(rows[::every])
        counts[kind] = len(pks)
        for some in _batches(pks):
            stored, asked = _stored(kind, some)
            told = engine.answers(kind, [pk for pk in some if pk not in asked])
            differing += [
                f"{kind.value} {pk}: {stored.get(pk)}"
                for pk, answer in told.items()
                if stored.get(pk) != answer
            ]
            on_read += len(asked)
            watch(len(some))
    return Comparison(
        versions=counts[RightsKind.VERSION],
        artifacts=counts[RightsKind.ARTIFACT],
        beyond=engine.beyond,
        on_read=on_read,
        differing=len(differing),
        examples=tuple(differing[:10]),
    )


def _batches(pks: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(pks), _BATCH):
        yield list(pks[start : start + _BATCH])


class _Engine:
    """The object engine, and what it has said of versions."""

    def __init__(self) -> None:
        self.said: dict[Key, Told] = {}
        self.beyond = 0

    def answers(self, kind: RightsKind, pks: Sequence[int]) -> Mapping[int, RowAnswer]:
        """Return its answers, but for lineages that are too large for it."""
        return self._of_versions(pks) if kind == RightsKind.VERSION else self._of_bytes(pks)

    def _of_versions(self, pks: Sequence[int]) -> Mapping[int, RowAnswer]:
        told = self._told([Key(KeyKind.VERSION, pk) for pk in pks])
        self.beyond += sum(one.is_cut_short for one in told.values())
        return {
            pk: one.answer
            for pk, one in zip(pks, told.values(), strict=True)
            if not one.is_cut_short
        }

    def _of_bytes(self, pks: Sequence[int]) -> Mapping[int, RowAnswer]:
        digests = Artifact.objects.filter(pk__in=pks).order_by("pk").values_list("pk", "sha256")
        subjects = {pk: subject_of_digest(f"sha256:{sha256}") for pk, sha256 in digests}
        told = self._told([key for subject in subjects.values() for key in keys_of(subject)])
        found = {}
        for pk, subject in subjects.items():
            if any(told[key].is_cut_short for key in keys_of(subject)):
                self.beyond += 1
                continue
            found[pk] = told_of_bytes(subject, told)
            if pk % _WHOLE_ANSWERS == 0:
                found[pk] = replace(found[pk], rights=_whole(subject.artifacts[0].sha256))
        return found

    def _told(self, keys: Sequence[Key]) -> Mapping[Key, Told]:
        missing = [key for key in keys if key not in self.said]
        if missing:
            self.said.update(told_of(missing))
        return {key: self.said[key] for key in keys}


def _stored(kind: RightsKind, pks: Sequence[int]) -> tuple[Mapping[int, RowAnswer], frozenset[int]]:
    """Return what is stored of ``pks``, and those of which it only says that one has to ask."""
    codes = stored_codes(kind=kind, numbers=pks)
    rows = stored_rows(codes=codes.values())
    asked = frozenset(pk for pk, code in codes.items() if code in rows and is_to_ask(rows[code]))
    told = {pk: code for pk, code in codes.items() if code in rows and pk not in asked}
    return {pk: read_row(rows[code]) for pk, code in told.items()}, asked


def _whole(sha256: str) -> dict[Permission, Said]:
    combined = answer_for_digest(digest=f"sha256:{sha256}")["combined"]
    return {
        Permission(name): Said(Word(right["word"]), Word(right["best"]), Word(right["worst"]))
        for name, right in combined.items()
    }
