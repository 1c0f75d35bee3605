"""SPDX licence expressions: which licences apply together, and where there is a choice.

Pure Python: importing this module must never import Django.
Source: SPDX specification 3.0.1, annex "SPDX license expressions".
"""

from functools import cache
from itertools import product
from typing import Any

from license_expression import (
    AND,
    OR,
    ExpressionError,
    ExpressionParseError,
    LicenseSymbol,
    Licensing,
)

from registry.licensing.catalog import all_terms
from registry.licensing.names import LONGEST_NAME

MOST_CLAUSES = 32  # an expression that grows beyond this is left unresolved
# What boolean.py raises on hostile text besides its own errors, e.g. IndexError on ``()mit)``.
_PARSER_FAULTS = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
Clause = tuple[str, ...]


def read_expression(text: object) -> tuple[Clause, ...]:
    """Return the licence ids of an expression: all clauses apply, within one there is a choice.

    ``MIT AND (Apache-2.0 OR GPL-3.0-only)`` is ``(("mit",), ("apache-2.0", "gpl-3.0"))``. The
    result is empty if the text is no expression, or if any part of it is unknown to the catalogue
    (an exception after ``WITH`` is): half an expression grants nothing (rule L4).
    """
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_NAME:
        return ()
    try:
        parsed = _licensing().parse(text)
        return _clauses(parsed) if parsed is not None else ()
    except (ExpressionError, ExpressionParseError, _Unresolved, *_PARSER_FAULTS):
        return ()


class _Unresolved(Exception):
    """A part of an expression is unknown, or the whole is too large."""


def _clauses(expression: Any) -> tuple[Clause, ...]:
    """Return the conjunctive normal form; exact, because maximum and minimum distribute."""
    if isinstance(expression, AND):
        clauses = tuple(clause for part in expression.args for clause in _clauses(part))
    elif isinstance(expression, OR):
        rows = product(*(_clauses(part) for part in expression.args))
        clauses = tuple(
            tuple(dict.fromkeys(i for clause in row for i in clause))
            for row, _ in zip(rows, range(MOST_CLAUSES + 1), strict=False)
        )
    else:
        clauses = (_clause_of(expression),)
    if len(clauses) > MOST_CLAUSES:
        raise _Unresolved
    return tuple(dict.fromkeys(clauses))


def _clause_of(symbol: Any) -> Clause:
    key = symbol.key.casefold() if isinstance(symbol, LicenseSymbol) else ""
    try:
        return _ids()[key]
    except KeyError:
        raise _Unresolved from None


@cache
def _ids() -> dict[str, Clause]:
    """Return catalogue ids by SPDX identifier, folded.

    ``-or-later`` and ``+`` are a choice between the version named and every later one we hold.
    """
    found: dict[str, Clause] = {}
    versions: dict[str, list[tuple[float, str]]] = {}
    for terms in all_terms():
        spdx, hf_id = terms.identifiers.spdx.casefold(), terms.identifiers.hf_id.casefold()
        if not spdx or terms.names_no_text:
            continue
        bare = spdx.removesuffix("-only")
        found.update({name: (terms.id,) for name in (spdx, bare, hf_id) if name})
        if bare != spdx:
            line, _, version = bare.rpartition("-")
            versions.setdefault(line, []).append((float(version), terms.id))
    for line, known in versions.items():
        for named, _ in known:
            later = tuple(license_id for own, license_id in sorted(known) if own >= named)
            found.update({f"{line}-{named}+": later, f"{line}-{named}-or-later": later})
    return found


@cache
def _licensing() -> Licensing:
    return Licensing([LicenseSymbol(key) for key in _ids()])
