"""An answer for a terminal: what may be done, why, what is owed, what is not covered."""

from collections.abc import Iterator
from typing import Any

from django.core.management.color import Style

from registry.lineage.references import clean_words
from registry.management.terminal import Terminal
from registry.selectors.answer_shape import Answer, ClaimJson, GroundJson, ListingJson, RightJson

_GROUNDS_SHOWN = 3  # of one permission
_NO_LICENSE = {"none-declared", "unknown"}
_IN_FULL = 3  # listings; more are summed up
_WORST_FIRST = ("forbidden", "unclear", "conditional", "allowed", "not_applicable")
_ID_SHOWN = 12  # characters of a version's id; a revision has forty
_SHOWN = 12  # rows of a list before "and N more"


class AnswerText:
    """Writes one answer."""

    def __init__(self, told: Answer, *, style: Style) -> None:
        """Keep the answer; ``style`` colours nothing where the output is not a terminal.

        Names and words come from strangers: control characters, which a terminal obeys, and
        line breaks are left out.
        """
        self._told: Answer = _in_one_line(told)
        self._terminal = Terminal(style)
        self._bold = self._terminal.bold

    def text(self) -> str:
        """Return the whole answer as lines of text."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from self._head()
        yield from self._listings()
        if self._told["exact"] and len(self._told["listings"]) > 1:
            yield from self._combined()
        yield from self._candidates()
        yield from self._foot()

    def _head(self) -> Iterator[str]:
        told = self._told
        kind = told["matched_by"].replace("_", " ")
        yield self._bold(f"{told['query']}  (found by {kind})")
        for notice in told["notices"]:
            yield from self._wrapped(f"! {notice['text']}")
        for topic in told["not_covered"]:
            if topic["prominent"]:
                yield from self._wrapped(f"! Not covered: {topic['text']}")

    def _listings(self) -> Iterator[str]:
        listings = self._told["listings"]
        for listing in listings:
            yield ""
            yield self._bold(_title(listing))
            if len(listings) > _IN_FULL:
                yield from self._wrapped(_summary(listing["rights"]))
                continue
            yield from self._facts(listing)
            yield ""
            yield from self._rights(listing["rights"], _names(listing))
            yield from self._owed(listing)
        if len(listings) > _IN_FULL:
            yield from self._wrapped("Ask for one of them, or with --json, for the reasons.")

    def _facts(self, listing: ListingJson) -> Iterator[str]:
        if listing["url"]:
            yield f"  {listing['url']}"
        if listing["filename"]:
            kind = f" ({listing['file_kind']})" if listing["file_kind"] else ""
            yield from self._wrapped(f"file: {listing['filename']}{kind}")
        said = [_statement(claim) for claim in listing["claims"]]
        yield from self._wrapped(f"declared: {'; '.join(filter(None, said)) or 'nothing'}")
        yield from self._wrapped(f"lineage coverage: {listing['lineage_coverage']}")
        direct = [edge["parent"] for edge in listing["lineage"] if edge["child"] == listing["id"]]
        if direct:
            names, above = _names(listing), len(listing["ancestors"])
            parents = "; ".join(names.get(parent, parent) for parent in dict.fromkeys(direct))
            yield from self._wrapped(f"made from: {parents} ({above} ancestors in all)")

    def _rights(self, rights: dict[str, RightJson], names: dict[str, str]) -> Iterator[str]:
        for permission, right in rights.items():
            word = right["word"]
            between = f"{right['best']} to {right['worst']}" if word == "unclear" else ""
            painted = self._terminal.word(word)
            yield f"  {permission:<20}{painted} {between}".rstrip()
        reasons = _reasons(rights, names)
        if reasons:
            yield "  Why"
        for reason, permissions in reasons.items():
            yield from self._wrapped(f"{reason}: {_among(permissions, rights)}", indent=4)

    def _owed(self, listing: ListingJson) -> Iterator[str]:
        names = _names(listing)
        owed: dict[str, list[str]] = {}
        for duty in listing["duties"]:
            what = f"{duty['duty']} {duty['value']}".strip()
            who = names.get(duty["ancestor"], duty["ancestor"])
            owed.setdefault(who, []).append(f"{what} (when: {duty['trigger']})")
        yield from self._list("Duties", [f"{who}: {'; '.join(all_)}" for who, all_ in owed.items()])
        uses = [restriction["tag"] for restriction in listing["use_restrictions"]]
        if uses:
            yield "  Forbidden uses"
            yield from self._wrapped(", ".join(uses), indent=4)
        yield from self._list(
            "Parents nobody mirrored here", [edge["parent"] for edge in listing["open_edges"]]
        )
        yield from self._list("Notes", listing["notes"])

    def _combined(self) -> Iterator[str]:
        names = {key: name for row in self._told["listings"] for key, name in _names(row).items()}
        listed = {row["id"]: f"{row['name']} ({row['id']})" for row in self._told["listings"]}
        yield ""
        yield self._bold("All of these together")
        yield from self._rights(self._told["combined"], names | listed)

    def _candidates(self) -> Iterator[str]:
        if not self._told["candidates"]:
            return
        yield ""
        yield self._bold("It could be")
        for row in self._told["candidates"]:
            by = f" by {row['author']}" if row["author"] else ""
            kind = f", {row['model_type']}" if row["model_type"] else ""
            yield f"  {row['name']}{by} ({row['hub']}{kind})"
            yield f"    ask: {row['ask']}"

    def _foot(self) -> Iterator[str]:
        yield ""
        rest = [row["text"] for row in self._told["not_covered"] if not row["prominent"]]
        yield from self._wrapped(f"Not covered: {' '.join(rest)}", indent=0)
        yield from self._wrapped(f"Contact: {self._told['contact']}", indent=0)

    def _list(self, title: str, rows: list[str]) -> Iterator[str]:
        if not rows:
            return
        yield f"  {title}"
        for row in rows[:_SHOWN]:
            yield from self._wrapped(row, indent=4)
        if len(rows) > _SHOWN:
            yield f"    and {len(rows) - _SHOWN} more (--json shows all)"

    def _wrapped(self, text: str, *, indent: int = 2) -> list[str]:
        return self._terminal.wrapped(text, indent=indent, hanging=2)


def _in_one_line(value: Any) -> Any:
    """Return JSON with every text in one line, without characters that cannot be seen."""
    if isinstance(value, str):
        return clean_words(value)
    if isinstance(value, list):
        return [_in_one_line(item) for item in value]
    if isinstance(value, dict):
        return {key: _in_one_line(item) for key, item in value.items()}
    return value


def _statement(claim: ClaimJson) -> str:
    said = claim["declared"] or _flags(claim["flags"])
    reason = claim.get("reason", "")
    return f"{said} (stated by the {claim['kind']}: {reason})" if reason else said


def _title(listing: ListingJson) -> str:
    if listing["state"] == "withheld":
        return "A page that is not shown (withheld)"
    place = f"{listing['hub']}:{listing['model_id']}"
    version = f", version {listing['version_id'][:_ID_SHOWN]}" if listing["version_id"] else ""
    by = f" by {listing['author']}" if listing["author"] else ""
    disputed = ", disputed" if listing["disputed"] else ""
    return f"{listing['name']}{by}  ({place}{version}, {listing['state']}{disputed})"


def _names(listing: ListingJson) -> dict[str, str]:
    named = {
        row["id"]: f"{row['name']} ({row['id']})" if row["name"] != row["id"] else row["id"]
        for row in listing["ancestors"]
    }
    return named | {listing["id"]: "this model"}


def _summary(rights: dict[str, RightJson]) -> str:
    """Return the permissions of each word, the worst word first."""
    words: dict[str, list[str]] = {word: [] for word in _WORST_FIRST}
    for permission, right in rights.items():
        words[right["word"]].append(permission)
    return "; ".join(f"{word}: {', '.join(uses)}" for word, uses in words.items() if uses)


def _reasons(rights: dict[str, RightJson], names: dict[str, str]) -> dict[str, list[str]]:
    """Return each reason that binds, with the permissions it binds; the best evidence first."""
    grounds = [(use, ground) for use, right in rights.items() for ground in _binding(right)]
    found: dict[str, list[str]] = {}
    for use, ground in sorted(grounds, key=lambda pair: pair[1]["grade"]):
        found.setdefault(_reason(ground, use, names), []).append(use)
    return found


def _among(permissions: list[str], rights: dict[str, RightJson]) -> str:
    everything = len(permissions) == len(rights) > 1
    return "everything" if everything else ", ".join(dict.fromkeys(permissions))


def _binding(right: RightJson) -> list[GroundJson]:
    """Return the grounds that make the word; what is plainly allowed needs none."""
    if right["word"] in {"allowed", "not_applicable"}:
        return []
    return [
        ground
        for ground in right["grounds"]
        if ground["worst"] == right["worst"] and not ground["overruled"]
    ][:_GROUNDS_SHOWN]


def _reason(ground: GroundJson, permission: str, names: dict[str, str]) -> str:
    who = names.get(ground["ancestor"], ground["ancestor"])
    said = ground["clause"].removeprefix(f"{permission}: ")
    evidence = f"evidence {ground['grade']}, {ground['basis']}"
    if ground["license"] in _NO_LICENSE:
        return f"{who}: {said} ({evidence})"
    return f"{who}: {ground['license']} says {said} ({evidence})"


def _flags(flags: dict[str, bool | list[str]]) -> str:
    said = [
        f"{name}={','.join(value) or 'none' if isinstance(value, list) else str(value).lower()}"
        for name, value in flags.items()
    ]
    return " ".join(said)
