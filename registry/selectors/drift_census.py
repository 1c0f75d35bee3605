"""How often what pages declare differs from what their parents' texts say: counts, no names.

A page counts once for a code, with the best grade among its versions. What an operator has
suppressed, erased or marked as disputed is left out. Examples, where they are asked for, are
public pages that lists may show (house.md H12). Source: registry/licensing/README.md, L32 to L35.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from registry.licensing.codes import DriftCode
from registry.licensing.findings import Finding
from registry.licensing.verdict import found_in
from registry.lineage.relations import Grade
from registry.models import Hub, HubModel, InterventionKind, ModelVersion
from registry.selectors.interventions import standing
from registry.selectors.lineage import Book, book_of
from registry.selectors.statements import Key, KeyKind

_HUBS = (Hub.CIVITAI, Hub.HUGGING_FACE)  # the sample catalogue is ours
_LEFT_OUT = frozenset({InterventionKind.SUPPRESS, InterventionKind.ERASE, InterventionKind.DISPUTE})
_ABOUT_THE_PAGE = frozenset(
    {DriftCode.LABEL_TEXT_MISMATCH, DriftCode.NO_LICENCE_TEXT, DriftCode.UNVERIFIABLE}
)
_TOGETHER = 25  # pages whose ancestors are read together


class DriftCountJson(TypedDict):
    """How many pages have a finding of one code whose best evidence is of one grade."""

    code: str
    grade: str
    pages: int


class DriftExampleJson(TypedDict):
    """One public page with a finding."""

    page: str
    code: str
    because: str
    grade: str


class HubDriftJson(TypedDict):
    """The census of one hub."""

    hub: str
    pages: int  # looked at
    left_out: int  # suppressed, erased or disputed
    declaring: int  # pages that declare anything that could differ
    differing: int  # pages with a finding that names a parent's text
    findings: list[DriftCountJson]
    examples: list[DriftExampleJson]


class DriftCensusJson(TypedDict):
    """Counts of published statements that differ; nothing about anybody's intent."""

    hubs: list[HubDriftJson]


@dataclass(slots=True)
class _Tally:
    """The counts of one hub so far."""

    examples_wanted: int
    pages: int = 0
    left_out: int = 0
    declaring: int = 0
    differing: int = 0
    counts: Counter[tuple[DriftCode, Grade]] = field(default_factory=Counter)
    examples: dict[DriftCode, list[DriftExampleJson]] = field(default_factory=dict)

    def add(self, page: HubModel, findings: Mapping[DriftCode, Finding], *, declares: bool) -> None:
        """Count one page."""
        self.pages += 1
        self.declaring += declares
        self.differing += not findings.keys() <= _ABOUT_THE_PAGE
        for code, finding in findings.items():
            self.counts[code, finding.grade] += 1
            self._keep(page, finding, code)

    def _keep(self, page: HubModel, finding: Finding, code: DriftCode) -> None:
        kept = self.examples.setdefault(code, [])
        may_be_listed = not (page.depicts_person or page.depicts_minor)
        if may_be_listed and len(kept) < self.examples_wanted:
            kept.append(
                {
                    "page": str(page),
                    "code": code.value,
                    "because": finding.because,
                    "grade": finding.grade.value,
                }
            )


def pages_to_count() -> int:
    """Return how many pages a census looks at, those left out included."""
    return HubModel.objects.filter(hub__in=_HUBS).count()


def drift_census(
    *, examples: int = 0, progress: Callable[[int], object] = lambda _pages: None
) -> DriftCensusJson:
    """Return how many pages of each hub differ from their parents' texts, by code and grade.

    Reads a few pages at a time, so memory does not grow with the mirror.

    :param examples: how many public pages to name for each code
    :param progress: told how many more pages were looked at
    """
    return {"hubs": [_of_hub(hub, examples, progress) for hub in _HUBS]}


def _of_hub(hub: Hub, examples: int, progress: Callable[[int], object]) -> HubDriftJson:
    tally = _Tally(examples_wanted=examples)
    for pages in _batches(hub):
        _count(pages, tally)
        progress(len(pages))
    return {
        "hub": hub.value,
        "pages": tally.pages,
        "left_out": tally.left_out,
        "declaring": tally.declaring,
        "differing": tally.differing,
        "findings": [
            {"code": code.value, "grade": grade.value, "pages": pages}
            for (code, grade), pages in sorted(tally.counts.items())
        ],
        "examples": [one for code in sorted(tally.examples) for one in tally.examples[code]],
    }


def _batches(hub: Hub) -> Iterator[Sequence[HubModel]]:
    """Yield a hub's pages, a few at a time, by primary key."""
    columns = ("hub", "hub_model_id", "depicts_person", "depicts_minor")
    last = 0
    while True:
        rows = HubModel.objects.filter(hub=hub, pk__gt=last).order_by("pk").only(*columns)
        pages = list(rows[:_TOGETHER])
        if not pages:
            return
        yield pages
        last = pages[-1].pk


def _count(pages: Sequence[HubModel], tally: _Tally) -> None:
    """Count pages; those whose ancestors together are more than is read at once, apart."""
    kinds = standing({str(page) for page in pages})
    counted = [page for page in pages if not kinds.get(str(page), frozenset()) & _LEFT_OUT]
    tally.left_out += len(pages) - len(counted)
    _judge(counted, _versions_of(counted), tally)


_LEFT_OUT = frozenset({InterventionKind.SUPPRESS, InterventionKind.ERASE, InterventionKind.DISPUTE})


def _judge(pages: Sequence[HubModel], keys: Mapping[int, Sequence[Key]], tally: _Tally) -> None:
    if not pages:
        return
    book = book_of(subjects=[key for page in pages for key in keys[page.pk]])
    if book.is_cut_short and len(pages) > 1:
        half = len(pages) // 2
        _judge(pages[:half], keys, tally)
        _judge(pages[half:], keys, tally)
        return
    for page in pages:
        shown = [key for key in keys[page.pk] if not _is_left_out(key, book)]
        findings = [finding for key in shown for finding in found_in(book.lineage_of(key)).drift]
        declares = any(book.nodes[book.ids[key]].claims for key in shown)
        tally.add(page, _best(findings), declares=declares)


def _is_left_out(key: Key, book: Book) -> bool:
    return key in book.ids.withheld or key in book.ids.disputed


def _best(findings: Sequence[Finding]) -> Mapping[DriftCode, Finding]:
    """Return one finding of each code, with the best evidence."""
    best: dict[DriftCode, Finding] = {}
    for finding in sorted(findings, key=lambda one: (one.grade.value, one.because)):
        best.setdefault(DriftCode(finding.code), finding)
    return best


def _versions_of(pages: Sequence[HubModel]) -> Mapping[int, Sequence[Key]]:
    """Return what an answer about each page is about: its versions, of a repository the newest."""
    keys: dict[int, list[Key]] = {page.pk: [] for page in pages}
    hubs = {page.pk: page.hub for page in pages}
    rows = ModelVersion.objects.filter(hub_model__in=keys).order_by(
        "hub_model", "-first_seen_at", "-pk"
    )
    for page, pk in rows.values_list("hub_model_id", "pk"):
        if not keys[page] or hubs[page] != Hub.HUGGING_FACE:
            keys[page].append(Key(KeyKind.VERSION, pk))
    return {page: found or [Key(KeyKind.PAGE, page)] for page, found in keys.items()}
