"""Write an inspection for a terminal: short, wrapped, nothing the terminal would obey."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from shutil import get_terminal_size

from hub_sync.services.remote_inspection import RemoteInspection
from registry.inspection.disclosure_forms import cleaned
from registry.inspection.report import TensorsJson
from registry.selectors.inspection_shape import (
    FileParentJson,
    InspectionJson,
    KnownComponentsJson,
    KnownJson,
    KnownListingJson,
    SharedComponentJson,
    SharingFileJson,
)

_WIDEST = 110  # columns
_LONGEST_CLAIM = 100  # characters
_LONGEST_NAME = 300
_MOST_CLAIMS = 30
_MOST_PARENTS = 20
_KEY_COLUMNS = 18
_WHOLE = {
    "bytes": "the same",
    "f16": "the same numbers in F16",
    "bf16": "the same numbers in BF16",
}


def inspection_text(
    inspection: InspectionJson, *, what: str, remote: RemoteInspection | None
) -> str:
    """Return what a file is, claims and was made from, and what is known of it."""
    blocks = (
        _head(inspection, what, remote),
        _digests(inspection),
        _claims(inspection["claims"]),
        _parents(inspection["parents"]),
        _findings(inspection),
        _known(inspection),
    )
    return "\n\n".join("\n".join(lines) for lines in map(list, blocks) if lines)


def _head(inspection: InspectionJson, what: str, remote: RemoteInspection | None) -> Iterator[str]:
    yield cleaned(what, longest=_LONGEST_NAME)
    yield f"  {', '.join(_words(inspection))}"
    tensors = inspection["tensors"]
    if tensors["count"]:
        yield f"  {_size(tensors)}"
    adapter = tensors["adapter"]
    if adapter["algorithms"]:
        yield f"  {' and '.join(adapter['algorithms'])}, rank {adapter['rank'] or 'unknown'}"
    for part in tensors["components"]:
        yield (
            f"    {part['name']:<16} {part['count']:>6,} tensors  "
            f"{_count(part['parameters']):>8}  {', '.join(part['dtypes'])}"
        )
    if remote is not None:
        size = f" of {remote.size_bytes:,}" if remote.size_bytes is not None else ""
        yield f"  read {remote.bytes_read:,}{size} bytes in {remote.requests} requests"


def _words(inspection: InspectionJson) -> list[str]:
    """Return what a file is, as far as that is known."""
    told = [inspection["kind"], inspection["family"], inspection["role"]]
    known = [word for word in told if word != "unknown"]
    return [*dict.fromkeys([inspection["format"], *(known or ["kind unknown"])])]


def _size(tensors: TensorsJson) -> str:
    dtypes = ", ".join(_share(tensors["dtypes"]))
    counted = f"{tensors['count']:,} tensors, {_count(tensors['parameters'])} parameters"
    return f"{counted} ({dtypes})" if dtypes else counted


def _share(dtypes: Mapping[str, int]) -> Iterator[str]:
    total = sum(dtypes.values())
    for dtype, parameters in dtypes.items():
        yield dtype if len(dtypes) == 1 else f"{dtype} {100 * parameters / max(total, 1):.0f} %"


def _count(number: int) -> str:
    for unit, size in (("B", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:.2f} {unit}"
    return f"{number}"


def _digests(inspection: InspectionJson) -> Iterator[str]:
    for algorithm, digest in inspection["digests"].items():
        said = "" if digest["stated_by"] == "file" else f"  (as {digest['stated_by']} states)"
        yield f"  {algorithm:<{_KEY_COLUMNS}} {digest['value']}{said}"


def _claims(claims: Mapping[str, str]) -> Iterator[str]:
    if not claims:
        return
    yield "It claims"
    for key, value in list(claims.items())[:_MOST_CLAIMS]:
        text = value if len(value) <= _LONGEST_CLAIM else f"{value[:_LONGEST_CLAIM]}…"
        yield from _wrapped(f"{key}: {text}", indent=2)
    if len(claims) > _MOST_CLAIMS:
        yield f"  … and {len(claims) - _MOST_CLAIMS} more (--json shows all)"


def _parents(parents: list[FileParentJson]) -> Iterator[str]:
    if not parents:
        return
    yield "It says it was made from"
    for parent in parents[:_MOST_PARENTS]:
        yield from _wrapped(_parent(parent), indent=2)
    if len(parents) > _MOST_PARENTS:
        yield f"  … and {len(parents) - _MOST_PARENTS} more (--json shows all)"


def _parent(parent: FileParentJson) -> str:
    weight = f" {parent['weight']:g}" if parent["weight"] is not None else ""
    method = f", {parent['method']}" if parent["method"] else ""
    child = f"{parent['child']} from " if parent["child"] else ""
    names = ", ".join(dict.fromkeys(map(_name, parent["known"]["listings"])))
    known = f" = {names}" if names else ""
    if names and not parent["known"]["exact"]:
        known = f" could be {names}"
    return (
        f"{child}{parent['parent']}{known} ({parent['relation']}{weight}{method}; "
        f"{parent['source']}, evidence {parent['grade']})"
    )


def _findings(inspection: InspectionJson) -> Iterator[str]:
    if not inspection["findings"]:
        return
    yield "Worth knowing"
    for finding in inspection["findings"]:
        yield from _wrapped(f"{finding['code']}: {finding['because']}", indent=2)


def _known(inspection: InspectionJson) -> Iterator[str]:
    known = inspection["known"]
    found = [
        *_listed("These bytes", known["bytes"]),
        *_listed("The same tensors in other bytes", known["tensors"]),
        *_shared(known["components"]),
    ]
    yield "Known here"
    yield from found or ["  nothing is mirrored of these bytes or tensors"]


def _listed(title: str, known: KnownJson) -> Iterator[str]:
    if not known["listings"]:
        return
    yield f"  {title} (by {known['matched_by']})"
    for listing in known["listings"]:
        yield from _wrapped(_listing(listing), indent=4)


def _shared(known: KnownComponentsJson) -> Iterator[str]:
    """Yield which files hold parts of this one, and how their other parts differ."""
    if not known["files"]:
        return
    yield "  Parts of it in other files"
    for file in known["files"]:
        yield from _wrapped(_place(file), indent=4)
        yield from _wrapped(_parts(file["components"]), indent=8)
    if known["has_more"]:
        yield "    … and in further files"


def _place(file: SharingFileJson) -> str:
    if file["listings"]:
        return "; ".join(dict.fromkeys(map(_listing, file["listings"])))
    return f"bytes {file['sha256']}, on no page" if file["sha256"] else "bytes that are not shown"


def _parts(components: list[SharedComponentJson]) -> str:
    """Return which parts another file has in common, and how far."""
    said: dict[str, list[str]] = {}
    for one in components:
        if one["whole_in"] or one["theirs"]:
            said.setdefault(_how_far(one), []).append(one["name"])
    return "; ".join(f"{', '.join(names)}: {how}" for how, names in said.items())


def _how_far(one: SharedComponentJson) -> str:
    if one["whole_in"]:
        is_other = one["whole_as"] != one["name"]
        return _WHOLE[one["whole_in"]] + (f" as its {one['whole_as']}" if is_other else "")
    if not one["same_rounded"]:
        return "another"
    return f"{one['same_rounded']:,} of {one['tensors']:,} tensors the same"


def _listing(listing: KnownListingJson) -> str:
    if not listing["hub"]:
        return "a page that is not shown"
    version = f", version {listing['version_id']}" if listing["version_id"] else ""
    ask = f"; check_rights {listing['ask']}" if listing["ask"] else ""
    return f"{_name(listing)} ({listing['state']}{version}){ask}"


def _name(listing: KnownListingJson) -> str:
    if not listing["hub"]:
        return "a page that is not shown"
    name = cleaned(listing["name"], longest=_LONGEST_NAME)
    return f"{name} ({listing['hub']}:{listing['model_id']})"


def _wrapped(text: str, *, indent: int) -> Iterable[str]:
    width = min(get_terminal_size().columns, _WIDEST)
    return textwrap.wrap(
        text,
        width=width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
