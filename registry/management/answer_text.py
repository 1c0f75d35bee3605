"""An answer for a terminal: what may be done, why, what is owed, what is not covered."""

from collections.abc import Iterator
from typing import Any

from django.core.management.color import Style

from registry.lineage.references import clean_words
from registry.management.rights_text import RightsText, summary
from registry.management.terminal import Terminal
from registry.selectors.answer_shape import Answer, ClaimJson, ListingJson, RightJson
from registry.selectors.combined import OTHERS

_IN_FULL = 3  # listings; more are summed up
_UNIDENTIFIED = "For your file, as long as it is not identified"
_ID_SHOWN = 12  # characters of a version's id; a revision has forty


class AnswerText:
    """Writes one answer."""

    def __init__(self, told: Answer, *, style: Style) -> None:
        """Keep the answer; ``style`` colours nothing where the output is not a terminal.

        Names and words come from strangers: control characters, which a terminal obeys, and
        line breaks are left out.
        """
        self._told: Answer = in_one_line(told)
        self._terminal = Terminal(style)
        self._parts = RightsText(self._terminal)
        self._bold = self._terminal.bold

    def text(self) -> str:
        """Return the whole answer as lines of text."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from self._head()
        yield from self._listings()
        if self._told["listings"] and (not self._told["exact"] or len(self._told["listings"]) > 1):
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
            yield self._bold(title_of(listing))
            if len(listings) > _IN_FULL:
                yield from self._wrapped(summary(listing["rights"]))
                continue
            yield from self._facts(listing)
            yield ""
            yield from self._parts.rights(self._answered(listing), names_in(listing))
            yield from self._findings(listing)
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
            names, above = names_in(listing), len(listing["ancestors"])
            parents = "; ".join(names.get(parent, parent) for parent in dict.fromkeys(direct))
            yield from self._wrapped(f"made from: {parents} ({above} ancestors in all)")

    def _answered(self, listing: ListingJson) -> dict[str, RightJson]:
        """Return every word of a listing; other terms only where all was asked about."""
        if self._told["use"]:
            return listing["rights"]
        return {**listing["rights"], "relicense": listing["relicense"]}

    def _findings(self, listing: ListingJson) -> Iterator[str]:
        names, parts = names_in(listing), self._parts
        yield from parts.limits(listing["caps"], listing["territory_excluded"], names)
        yield from parts.findings(listing["conflicts"], listing["drift"], names)
        yield from parts.owed(listing["duties"], listing["use_restrictions"], names)
        yield from parts.listed(
            "Parents nobody mirrored here", [edge["parent"] for edge in listing["open_edges"]]
        )
        yield from parts.listed("Notes", listing["notes"])

    def _combined(self) -> Iterator[str]:
        names = {key: name for row in self._told["listings"] for key, name in names_in(row).items()}
        listed = {
            row["id"]: f"{row['name'] or 'a page that is not shown'} ({row['id']})"
            for row in self._told["listings"]
        }
        yield ""
        yield self._bold("All of these together" if self._told["exact"] else _UNIDENTIFIED)
        yield from self._parts.rights(self._told["combined"], names | listed)

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

    def _wrapped(self, text: str, *, indent: int = 2) -> list[str]:
        return self._parts.wrapped(text, indent=indent)


def in_one_line(value: Any) -> Any:
    """Return JSON with every text in one line, without characters that cannot be seen."""
    if isinstance(value, str):
        return clean_words(value)
    if isinstance(value, list):
        return [in_one_line(item) for item in value]
    if isinstance(value, dict):
        return {key: in_one_line(item) for key, item in value.items()}
    return value


def _statement(claim: ClaimJson) -> str:
    said = claim["declared"] or _flags(claim["flags"])
    reason = claim.get("reason", "")
    return f"{said} (stated by the {claim['kind']}: {reason})" if reason else said


def title_of(listing: ListingJson) -> str:
    """Return a listing's name and place, in one line."""
    if listing["state"] == "withheld":
        return "A page that is not shown (withheld)"
    place = f"{listing['hub']}:{listing['model_id']}"
    version = f", version {listing['version_id'][:_ID_SHOWN]}" if listing["version_id"] else ""
    by = f" by {listing['author']}" if listing["author"] else ""
    disputed = ", disputed" if listing["disputed"] else ""
    return f"{listing['name']}{by}  ({place}{version}, {listing['state']}{disputed})"


def names_in(listing: ListingJson) -> dict[str, str]:
    """Return what the nodes of a listing's lineage are called; itself: this model."""
    named = {
        row["id"]: f"{row['name']} ({row['id']})" if row["name"] != row["id"] else row["id"]
        for row in listing["ancestors"]
    }
    others = "others that the question may be about"
    return named | {listing["id"]: "this model", OTHERS: others}


def _flags(flags: dict[str, bool | list[str]]) -> str:
    said = [
        f"{name}={','.join(value) or 'none' if isinstance(value, list) else str(value).lower()}"
        for name, value in flags.items()
    ]
    return " ".join(said)
