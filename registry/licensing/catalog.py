"""The licence catalogue: every record, checked on load.

Pure Python: importing this module must never import Django.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import msgspec

from registry.errors import NotFound
from registry.licensing.terms import LicenseTerms, TextRead, Threshold
from registry.licensing.vocabulary import Comparison

FOLDER = Path(__file__).parent
_T = TypeVar("_T")


class UnknownLicense(NotFound):
    """No record has this id."""


class BrokenRecord(Exception):
    """A file of the catalogue is wrong; our own fault, so not one of the anticipated kinds."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        """Keep the file (relative to this folder) and the key apart for tests and editors."""
        super().__init__(f"registry/licensing/{file}: {key}: {reason}")
        self.file = file
        self.key = key


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that was read: where, at which revision, and how."""

    ref: str
    how: str


class UseSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list of forbidden uses; ``tags`` is empty where nobody has itemised the list."""

    how: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """All records with what they refer to, by id."""

    licenses: Mapping[str, LicenseTerms]
    sources: Mapping[str, Source]
    use_sets: Mapping[str, UseSet]


def terms_of(license_id: str) -> LicenseTerms:
    """Return the record of a licence.

    :raises UnknownLicense: if no record has this id
    """
    try:
        return catalog().licenses[license_id]
    except KeyError:
        raise UnknownLicense(f"No licence has the id {license_id[:100]!r}.") from None


def all_terms() -> tuple[LicenseTerms, ...]:
    """Return every record, ordered by id."""
    return tuple(catalog().licenses.values())


def source_of(key: str) -> Source:
    """Return what a record's source key stands for.

    :raises UnknownLicense: if the catalogue has no such source
    """
    try:
        return catalog().sources[key]
    except KeyError:
        raise UnknownLicense(f"The catalogue has no source {key[:100]!r}.") from None


def use_set(name: str) -> UseSet:
    """Return a list of forbidden uses.

    :raises UnknownLicense: if the catalogue has no such list
    """
    try:
        return catalog().use_sets[name]
    except KeyError:
        raise UnknownLicense(f"The catalogue has no use list {name[:100]!r}.") from None


@cache
def catalog() -> Catalog:
    """Return the catalogue that ships with the code, read once."""
    return read_catalog(FOLDER)


def read_catalog(folder: Path) -> Catalog:
    """Read and check a catalogue.

    :raises BrokenRecord: naming the file and the key, if a record breaks the schema, has an id
        that is not its file's name, or refers to something that does not exist
    """
    files = sorted((folder / "records").glob("*.toml"))
    terms = {file.stem: _read_record(file) for file in files}
    whole = Catalog(
        licenses=MappingProxyType(terms),
        sources=_read_table(folder / "sources.toml", Source),
        use_sets=_read_table(folder / "use_sets.toml", UseSet),
    )
    for record in terms.values():
        for key, reason in _dangling(record, whole):
            raise BrokenRecord(f"records/{record.id}.toml", key, reason)
    return whole


def read_toml(file: Path, shape: Callable[[object], _T], *, name: str = "") -> _T:
    """Return a TOML file converted by ``shape``.

    :raises BrokenRecord: naming the file and the key, if it is no TOML or has another shape
    """
    name = name or file.name
    try:
        return shape(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BrokenRecord(name, "(file)", str(error)) from error
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise BrokenRecord(name, path.strip("`.") or "(file)", reason) from error


def _read_record(file: Path) -> LicenseTerms:
    name = f"records/{file.name}"
    record = read_toml(file, lambda raw: msgspec.convert(raw, LicenseTerms), name=name)
    if record.id != file.stem:
        raise BrokenRecord(name, "id", f"is {record.id!r}, the file is named {file.stem!r}")
    return record


def _read_table(file: Path, row: type[_T]) -> Mapping[str, _T]:
    rows = read_toml(file, lambda raw: msgspec.convert(raw, dict[str, row]))  # type: ignore[valid-type]
    return MappingProxyType(rows)


def _dangling(record: LicenseTerms, whole: Catalog) -> Iterator[tuple[str, str]]:
    """Yield the key and the reason of everything in a record that leads nowhere."""
    if not record.sources:
        yield "sources", "a record needs at least one source"
    named = (
        ("sources", record.sources, whole.sources),
        ("share_alike.accepts", record.share_alike.accepts, whole.licenses),
        ("share_alike.tolerates_use_sets", record.share_alike.tolerates_use_sets, whole.use_sets),
        ("use_restrictions.set", filter(None, [record.use_restrictions.set]), whole.use_sets),
    )
    for key, names, known in named:
        yield from ((key, f"{name!r} does not exist") for name in names if name not in known)
    yield from (
        (f"thresholds[{i}]", reason)
        for i, threshold in enumerate(record.thresholds)
        if (reason := _misshapen(threshold))
    )
    if record.text_read is not None and (reason := _untraceable(record.text_read, record.sources)):
        yield "text_read", reason
    yield from (
        (f"territory_excluded[{i}].regions", "is empty")
        for i, territory in enumerate(record.territory_excluded)
        if not territory.regions
    )


def _misshapen(threshold: Threshold) -> str:
    if threshold.comparison is Comparison.IS:
        return "a yes-or-no threshold has no value" if threshold.value else ""
    return "" if threshold.value > 0 else "a threshold needs a value above 0"


def _untraceable(text: TextRead, sources: tuple[str, ...]) -> str:
    if text.source not in sources:
        return f"{text.source!r} is not among the record's sources"
    return "" if bool(text.sha256) != bool(text.commit) else "needs either sha256 or commit"
