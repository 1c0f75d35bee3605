"""Compare the stored rights with what the object engine says, model by model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from registry.licensing.terms import Permission, Word
from registry.licensing.verdict import RightsVerdict, assess
from registry.models import Artifact, ModelFile, ModelVersion, RightsKind
from registry.rights.answers import RowAnswer, Said, read_row
from registry.rights.layout import Duty
from registry.selectors.answers import answer_for_digest
from registry.selectors.family import Key, KeyKind
from registry.selectors.lineage import book_of
from registry.selectors.rights_store import stored_codes, stored_rows

_BATCH = 100

Difference = str
Watch = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many were compared, and the first of those that differ."""

    versions: int
    artifacts: int
    beyond: int  # left out: their lineage is larger than what the object engine reads
    differing: int
    examples: tuple[Difference, ...]


def compare_rights(*, every: int = 1, watch: Watch = lambda _done: None) -> Comparison:
    """Return how the stored rights compare with the object engine's, for all versions and bytes.

    :param every: look at each n-th only
    :param watch: told how many more have been compared
    """
    differing: list[Difference] = []
    count = {KeyKind.VERSION: 0, KeyKind.ARTIFACT: 0}
    beyond = 0
    for pks in _batches(
        list(ModelVersion.objects.order_by("pk").values_list("pk", flat=True)[::every])
    ):
        found, cut = _versions_differing(pks)
        differing += found
        beyond += cut
        count[KeyKind.VERSION] += len(pks)
        watch(len(pks))
    listed = ModelFile.objects.filter(artifact__isnull=False).values("artifact")
    artifacts = Artifact.objects.filter(pk__in=listed).order_by("pk").values_list("pk", flat=True)
    for pks in _batches(list(artifacts[::every])):
        differing += _artifacts_differing(pks)
        count[KeyKind.ARTIFACT] += len(pks)
        watch(len(pks))
    return Comparison(
        versions=count[KeyKind.VERSION],
        artifacts=count[KeyKind.ARTIFACT],
        beyond=beyond,
        differing=len(differing),
        examples=tuple(differing[:10]),
    )


def _batches(pks: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(pks), _BATCH):
        yield list(pks[start : start + _BATCH])


def _stored(kind: RightsKind, pks: Sequence[int]) -> dict[int, RowAnswer]:
    codes = stored_codes(kind=kind, numbers=pks)
    rows = stored_rows(codes=codes.values())
    return {pk: read_row(rows[code]) for pk, code in codes.items() if code in rows}


def _versions_differing(pks: Sequence[int]) -> tuple[list[Difference], int]:
    stored = _stored(RightsKind.VERSION, pks)
    found, beyond = [], 0
    for pk in pks:
        key = Key(KeyKind.VERSION, pk)
        book = book_of(subjects=[key])
        if book.is_cut_short:
            beyond += 1
            continue
        said = stored.get(pk)
        if said is None or said != answer_of(assess(book.lineage_of(key)), like=said):
            found.append(f"version {pk}: {said}")
    return found, beyond


def answer_of(verdict: RightsVerdict, *, like: RowAnswer) -> RowAnswer:
    """Return a verdict of the object engine as a row says it; its marks are those of ``like``."""
    rights = {p: Said(one.word, one.best, one.worst) for p, one in verdict.rights.items()}
    return replace(
        like,
        rights=rights,
        coverage=verdict.coverage,
        uses=tuple(use.tag for use in verdict.use_restrictions),
        duties=tuple(Duty(duty.duty, duty.value) for duty in verdict.duties),
    )


def _artifacts_differing(pks: Sequence[int]) -> list[Difference]:
    """Return the bytes of which the combined words differ from the whole answer's."""
    stored = _stored(RightsKind.ARTIFACT, pks)
    digests = dict(Artifact.objects.filter(pk__in=pks).values_list("pk", "sha256"))
    return [
        f"bytes {pk}: {stored.get(pk)}"
        for pk in pks
        if pk not in stored or stored[pk].rights != _whole(digests[pk])
    ]


def _whole(sha256: str) -> dict[Permission, Said]:
    combined = answer_for_digest(digest=f"sha256:{sha256}")["combined"]
    return {
        Permission(name): Said(Word(right["word"]), Word(right["best"]), Word(right["worst"]))
        for name, right in combined.items()
    }
