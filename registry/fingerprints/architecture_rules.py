"""Signatures as data: which tensor names and shapes tell a kind, a family and a role.

The files of ``signatures/`` hold them; a mistake in one is found on load. A condition is written
``NAME``, ``NAME [SHAPE]`` or ``NAME xCOUNT``. ``#`` in a name stands for any counter, a final ``*``
for any names that begin so (up to a first or second ``.`` or ``_``). A dimension is a number, a
range ``1-9``, several parted by ``|``, or ``*``; a final ``..`` allows any further ones. Pure
Python: importing this module must never import Django.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from registry.fingerprints.architecture_index import Entry, Index, Shape

FOLDER = Path(__file__).parent / "signatures"
UNKNOWN = "unknown"
_CONDITION = re.compile(r"(?P<name>\S+)(?: \[(?P<shape>[^\]]*)\])?(?: x(?P<count>[0-9|]+))?")
_PLAIN = re.compile(r"[A-Za-z0-9_.:/-]{1,200}")
_T = TypeVar("_T")


class BrokenSignature(Exception):
    """A file of signatures is wrong; our own fault, so not one of the anticipated kinds."""


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What else can be told once a signature fits; what it states replaces the signature's."""

    name: str = ""
    family: str = ""
    role: str = ""
    note: str = ""
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    alternatives: tuple[str, ...] | None = None


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One architecture as one layout of key names shows it.

    ``of``: what is looked at: ``tensors`` (with their root cut off), ``modules`` of an adapter
    (underscores for dots, the shape of the weight it changes), ``ports`` of a graph (``in:NAME``,
    ``out:NAME``; ``in#4`` is any input of four dimensions, ``weight#2`` any such weight),
    ``members`` of an archive (``*_END.npy``). ``likeness``: it works on a person's face.
    """

    id: str
    kind: str
    family: str = UNKNOWN
    of: str = "tensors"
    role: str = UNKNOWN
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    most_tensors: int = 0  # 0: as many as there are
    most_inputs: int = 0  # of a graph; 0: as many as there are
    alternatives: tuple[str, ...] = ()
    note: str = ""
    general: bool = False  # says less than others and counts only where no other fits
    likeness: bool = False
    variants: tuple[Variant, ...] = ()


class Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of models that share key names and shapes, and the words others have for it."""

    id: str
    name: str
    modelspec: tuple[str, ...] = ()  # modelspec.architecture, without what follows "/"
    kohya: tuple[str, ...] = ()  # ss_base_model_version
    gguf: tuple[str, ...] = ()  # general.architecture
    civitai: tuple[str, ...] = ()  # base-model labels


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, compiled. ``dims``: allowed numbers of each dimension; empty: any number."""

    name: str
    dims: tuple[frozenset[int], ...] | None = None
    is_open: bool = False
    counts: frozenset[int] = frozenset()

    def met_by(self, index: Index) -> str:
        """Return a tensor's name (with the shape where that decided) that meets it, or ``""``."""
        entry = index.entry(self.name)
        if entry is None or (self.counts and entry.count not in self.counts):
            return ""
        if self.dims is None:
            counted = f" (x{entry.count})" if self.counts else ""
            return f"{self._shown(entry.first)}{counted}"
        return self._shaped(entry)

    def _shaped(self, entry: Entry) -> str:
        for shape, name in entry.shapes.items():
            if self._fits(shape):
                return f"{self._shown(name)} {list(shape)}"
        return ""

    def _shown(self, name: str) -> str:
        """Return a name that is fit to be shown; a hostile one as the condition has it."""
        return name if _PLAIN.fullmatch(name) else self.name

    def _fits(self, shape: Shape) -> bool:
        dims = self.dims or ()
        if len(shape) < len(dims) or (len(shape) > len(dims) and not self.is_open):
            return False
        return all(
            not allowed or size in allowed for allowed, size in zip(dims, shape, strict=False)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that must all hold, of which one must hold, and of which none may."""

    all: tuple[Condition, ...]
    any: tuple[Condition, ...]
    none: tuple[Condition, ...]

    def evidence(self, index: Index) -> tuple[str, ...]:
        """Return what made it hold; empty if it does not."""
        met = [condition.met_by(index) for condition in self.all]
        if not all(met) or any(condition.met_by(index) for condition in self.none):
            return ()
        if self.any:
            met.append(next(filter(None, (c.met_by(index) for c in self.any)), ""))
        return tuple(met) if all(met) else ()


@dataclass(frozen=True, slots=True)
class Compiled:
    """A signature with its conditions ready."""

    signature: Signature
    rule: Rule
    variants: tuple[tuple[Variant, Rule], ...]


class Match(msgspec.Struct, frozen=True):
    """A signature that fits, what fits of its variants, and the evidence."""

    signature: Signature
    family: str
    role: str
    variants: tuple[str, ...]
    alternatives: tuple[str, ...]
    because: tuple[str, ...]
    notes: tuple[str, ...]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    signatures: tuple[Signature, ...]


class _Families(msgspec.Struct, forbid_unknown_fields=True):
    families: tuple[Family, ...]


def matches_of(index: Index, of: str) -> list[Match]:
    """Return every signature of one sort that fits, in the order of the files."""
    return [
        _match(compiled, index, evidence)
        for compiled in signatures_of(of)
        if not 0 < compiled.signature.most_tensors < index.total
        and (evidence := compiled.rule.evidence(index))
    ]


def _match(compiled: Compiled, index: Index, evidence: tuple[str, ...]) -> Match:
    base = compiled.signature
    met = [(v, found) for v, rule in compiled.variants if (found := rule.evidence(index))]
    variants = [variant for variant, _ in met]
    stated = [v.alternatives for v in variants if v.alternatives is not None]
    return Match(
        signature=base,
        family=_last([base.family, *(v.family for v in variants)]),
        role=_last([base.role, *(v.role for v in variants)]),
        variants=_once(v.name for v in variants),
        alternatives=stated[-1] if stated else base.alternatives,
        because=_once([*evidence, *(name for _, found in met for name in found)]),
        notes=_once([base.note, *(v.note for v in variants)]),
    )


def _last(words: Iterable[str]) -> str:
    return next(filter(None, reversed(list(words))), UNKNOWN)


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, words)))


@cache
def signatures() -> tuple[Compiled, ...]:
    """Return every signature, read and checked once."""
    return tuple(read_signatures(FOLDER))


@cache
def signatures_of(of: str) -> tuple[Compiled, ...]:
    """Return the signatures that look at one sort of thing."""
    return tuple(compiled for compiled in signatures() if compiled.signature.of == of)


@cache
def families() -> Mapping[str, Family]:
    """Return every family by id."""
    found = read_toml(FOLDER / "families.toml", _Families).families
    by_id = {family.id: family for family in found}
    if len(by_id) != len(found):
        raise BrokenSignature("families.toml: an id is there twice")
    return by_id


def read_signatures(folder: Path) -> Iterator[Compiled]:
    """Read and compile the signatures of a folder.

    :raises BrokenSignature: naming the file and what is wrong with it
    """
    seen: set[str] = set()
    for file in sorted(folder.glob("*.signatures.toml")):
        for signature in read_toml(file, _File).signatures:
            if strangers := _named_by(signature) - families().keys():
                raise BrokenSignature(f"{file.name}: {signature.id}: no family {strangers}")
            if signature.id in seen:
                raise BrokenSignature(f"{file.name}: {signature.id}: is there twice")
            seen.add(signature.id)
            yield _compiled(signature)


def _named_by(signature: Signature) -> set[str]:
    """Return the families that a signature names."""
    named = {signature.family, *signature.alternatives}
    for variant in signature.variants:
        named.update((variant.family, *(variant.alternatives or ())))
    return named - {UNKNOWN, ""}


def read_toml(file: Path, shape: type[_T]) -> _T:
    """Return a TOML file in a shape.

    :raises BrokenSignature: naming the file and the reason, if it is no TOML or has another shape
    """
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), shape)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise BrokenSignature(f"{file.name}: {error}") from error


def condition_of(text: str) -> Condition:
    """Return a condition from its written form.

    :raises BrokenSignature: if it is not written as the module says
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise BrokenSignature(f"{text!r} is no condition")
    counts = (
        frozenset(map(int, (found["count"] or "").split("|"))) if found["count"] else frozenset()
    )
    if found["shape"] is None:
        return Condition(found["name"], counts=counts)
    words = [word.strip() for word in found["shape"].split(",")]
    is_open = words[-1] == ".."
    try:
        dims = tuple(map(_dimension, words[:-1] if is_open else words))
    except ValueError:
        raise BrokenSignature(f"{text!r} has no readable shape") from None
    return Condition(found["name"], dims or None, is_open, counts)


def _dimension(word: str) -> frozenset[int]:
    """Return the numbers a dimension may be; none in it means any."""
    allowed: set[int] = set()
    for choice in () if word == "*" else word.split("|"):
        low, _, high = choice.partition("-")
        allowed.update(range(int(low), int(high or low) + 1))
    return frozenset(allowed)


def _rule(part: Signature | Variant) -> Rule:
    rule = Rule(*(tuple(map(condition_of, texts)) for texts in (part.all, part.any, part.none)))
    if not rule.all and not rule.any:
        raise BrokenSignature(f"{part}: fits everything")
    return rule


def _compiled(signature: Signature) -> Compiled:
    variants = tuple((variant, _rule(variant)) for variant in signature.variants)
    return Compiled(signature, _rule(signature), variants)
