"""By which rules and which catalogue an answer was worked out."""

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from registry.fingerprints.pack_check import sha256_of
from registry.licensing.catalog import FOLDER, catalog
from registry.selectors.answer_shape import Answer
from registry.selectors.evidence_shape import RecordJson, RulesJson

_REGISTRY = FOLDER.parent
_PROJECT = _REGISTRY.parent / "pyproject.toml"
_ENGINE = ("licensing", "lineage", "selectors")  # what turns rows into an answer


def rules_evidence(answer: Answer) -> tuple[RulesJson, dict[str, bytes]]:
    """Return what an answer was worked out by, and the licence records it names, as members."""
    records = {name: _record_file(name).read_bytes() for name in sorted(_licenses(answer))}
    rules: RulesJson = {
        "software_version": software_version(),
        "rules_sha256": sha256_of((FOLDER / "README.md").read_bytes()),
        "engine_sha256": _digest_of("*.py", *(_REGISTRY / name for name in _ENGINE)),
        "catalogue_sha256": _digest_of("*.toml", FOLDER),
        "records": [_record(name, content) for name, content in records.items()],
    }
    return rules, {_member(name): content for name, content in records.items()}


@cache
def software_version() -> str:
    """Return this software's version, as pyproject.toml names it."""
    with _PROJECT.open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _licenses(answer: Answer) -> set[str]:
    """Return the catalogue's licences among the grounds and claims of an answer."""
    rights = [answer["combined"], *(listing["rights"] for listing in answer["listings"])]
    named = {
        ground["license"]
        for every in rights
        for right in every.values()
        for ground in right["grounds"]
    }
    above = {
        license_id
        for listing in answer["listings"]
        for ancestor in listing["ancestors"]
        for license_id in ancestor["licenses"]
    }
    said = {claim["license"] for listing in answer["listings"] for claim in listing["claims"]}
    return (named | above | said) & catalog().licenses.keys()


def _record(name: str, content: bytes) -> RecordJson:
    raw = tomllib.loads(content.decode())
    return {
        "id": name,
        "member": _member(name),
        "sha256": sha256_of(content),
        "text_urls": [*catalog().licenses[name].text_url],
        "texts": list(_texts(raw)),
    }


def _texts(value: Any) -> Iterator[dict[str, str]]:
    """Yield every table of a record that carries the digest of a text."""
    if isinstance(value, dict):
        if value.get("sha256"):
            yield {key: str(one) for key, one in value.items()}
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _record_file(name: str) -> Path:
    return FOLDER / "records" / f"{name}.toml"


def _member(name: str) -> str:
    return f"catalogue/{name}.toml"


def _digest_of(pattern: str, *folders: Path) -> str:
    """Return one digest over files, by their names under ``registry``."""
    rows = (
        f"{sha256_of(file.read_bytes())}  {file.relative_to(_REGISTRY).as_posix()}\n"
        for file in _files(pattern, folders)
    )
    return sha256_of("".join(rows).encode())


def _files(pattern: str, folders: Iterable[Path]) -> list[Path]:
    return sorted(file for folder in folders for file in folder.rglob(pattern))
