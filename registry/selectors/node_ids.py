"""Name the nodes of a lineage: by reference, or as a withheld page."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from registry.lineage.graph import NodeId
from registry.lineage.references import ReferenceKind
from registry.models import Artifact, Hub, HubModel, ModelVersion
from registry.selectors.as_of import known
from registry.selectors.family import Family, VersionRow
from registry.selectors.standing import standing_of
from registry.selectors.statements import Key, KeyKind

WITHHELD = "withheld"
_OF_BYTES = f"{ReferenceKind.SHA256.value}:"
_OF_CIVITAI_VERSION = f"{ReferenceKind.CIVITAI_VERSION.value}:"


@dataclass(frozen=True, slots=True)
class NodeIds:
    """The public id of every node, its page's reference, and what operators decided about it.

    A withheld node is called ``withheld:<n>``, counted within one answer.
    """

    by_key: Mapping[Key, NodeId]
    references: Mapping[Key, str]
    withheld: frozenset[Key]
    withheld_pages: frozenset[int]  # among them those whose bytes are shown
    disputed: frozenset[Key]

    def __getitem__(self, key: Key) -> NodeId:
        """Return the id of a node."""
        return self.by_key[key]


def node_ids_of(
    *, family: Family, keys: Iterable[Key], pages: Mapping[int, HubModel], hidden: Collection[Key]
) -> NodeIds:
    """Return the ids of the nodes ``keys``; ``hidden`` ones are withheld like suppressed ones.

    A Hugging Face page, and its newest revision, is ``huggingface:owner/name``; an older revision
    has ``@`` and the revision behind it.
    """
    ordered = list(dict.fromkeys(keys))
    namer = _Namer(family, pages, _digests(ordered), _newest_revisions(pages, family.as_of))
    subjects = {key: namer.subjects(key) for key in ordered}
    standing = standing_of(
        subjects={
            *map(str, pages.values()),
            *(one for texts in subjects.values() for one in texts),
        },
        as_of=family.as_of,
    )
    withheld = [
        key for key in ordered if key in hidden or _is_among(subjects[key], standing.withheld)
    ]
    masks = {key: NodeId(f"{WITHHELD}:{n}") for n, key in enumerate(withheld, start=1)}
    names = {key: namer.reference(key) for key in ordered}
    return NodeIds(
        by_key={key: masks.get(key) or NodeId(names[key]) for key in ordered},
        references=names,
        withheld=frozenset(withheld),
        withheld_pages=frozenset(
            pk for pk, page in pages.items() if str(page) in standing.withheld
        ),
        disputed=frozenset(key for key in ordered if _is_among(subjects[key], standing.disputed)),
    )


def _is_among(subjects: tuple[str, ...], chosen: frozenset[str]) -> bool:
    return not chosen.isdisjoint(subjects)


def _digests(keys: list[Key]) -> dict[int, str]:
    pks = [key.value for key in keys if key.kind is KeyKind.ARTIFACT]
    if not pks:
        return {}
    return dict(Artifact.objects.filter(pk__in=pks).values_list("pk", "sha256"))


def _newest_revisions(pages: Mapping[int, HubModel], as_of: datetime | None) -> frozenset[int]:
    single = [pk for pk, page in pages.items() if page.hub != Hub.CIVITAI]
    if not single:
        return frozenset()
    newest = (
        ModelVersion.objects.filter(known(as_of, "first_seen_at"), hub_model__in=single)
        .order_by("hub_model", "-first_seen_at", "-pk")
        .distinct("hub_model")
    )
    return frozenset(newest.values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class _Namer:
    """Spell references of nodes."""

    family: Family
    pages: Mapping[int, HubModel]
    digests: Mapping[int, str]
    newest: frozenset[int]

    def reference(self, key: Key) -> str:
        match key.kind, key.value:
            case KeyKind.VERSION, int(pk):
                return self._version(self.family.versions[pk])
            case KeyKind.PAGE, int(pk):
                return str(self.pages[pk])
            case KeyKind.ARTIFACT, int(pk):
                return f"{_OF_BYTES}{self.digests[pk]}"
        return str(key.value)

    def subjects(self, key: Key) -> tuple[str, ...]:
        """Return every subject under which an operator may have withheld or disputed a node."""
        name = self.reference(key)
        if key.kind is KeyKind.VERSION and isinstance(key.value, int):
            return (name, str(self.pages[self.family.versions[key.value].page]))
        if key.kind is KeyKind.REFERENCE:
            later = self.family.read_later.get(key)
            return (name, name.partition("@")[0], *filter(None, [later]))
        return (name,)

    def _version(self, version: VersionRow) -> str:
        page = self.pages[version.page]
        if page.hub == Hub.CIVITAI:
            return f"{_OF_CIVITAI_VERSION}{version.hub_version_id}"
        return str(page) if version.pk in self.newest else f"{page}@{version.hub_version_id}"
