"""Which computation of all rights is the newest, and whether the tables have gone on since."""

import hashlib
from functools import cache

import msgspec
import numpy as np
from django.db import connection
from psycopg import sql

from registry.licensing.base_labels import base_models
from registry.licensing.catalog import all_terms, use_set
from registry.licensing.official import official_releases
from registry.licensing.revisions import revision_lines
from registry.models import RightsEpoch, RightsRow
from registry.rights.answers import row_words
from registry.rights.coding import CHUNK, Codebook
from registry.rights.layout import layout
from registry.rights.order import Ints
from registry.selectors.columns import WHOLE, columns

# How far each table goes; what changes a row without adding one moves a page's ``changed_at``, or
# is an intervention.
_MARKS = """
SELECT (SELECT max(id) FROM registry_hubmodel), (SELECT max(changed_at) FROM registry_hubmodel),
    (SELECT max(id) FROM registry_modelversion), (SELECT max(id) FROM registry_modelfile),
    (SELECT max(id) FROM registry_artifact), (SELECT max(id) FROM registry_licenseclaim),
    (SELECT max(id) FROM registry_lineageedge), (SELECT max(id) FROM registry_intervention),
    (SELECT max(withdrawn_at) FROM registry_licenseclaim),
    (SELECT max(id) FROM registry_headerstatement), (SELECT max(id) FROM registry_headerinspection),
    (SELECT max(read_at) FROM registry_headerinspection)
"""


def newest_epoch() -> RightsEpoch | None:
    """Return the newest computation, if there was any."""
    return RightsEpoch.objects.order_by("-pk").first()


def seen_now() -> str:
    """Return a digest of how far the tables and the rules go, to compare with an epoch's."""
    with connection.cursor() as cursor:
        cursor.execute(_MARKS)
        marks = cursor.fetchone()
    said = "\n".join([layout().name, _rules(), *map(str, marks)])
    return hashlib.sha256(said.encode()).hexdigest()


def is_outdated() -> bool:
    """Return whether rights should be computed anew."""
    newest = newest_epoch()
    return newest is None or newest.seen != seen_now()


@cache
def _rules() -> str:
    """Return a digest of what the catalogue of licences holds."""
    uses = {terms.use_restrictions.set for terms in all_terms()} - {""}
    held = (
        all_terms(),
        official_releases(),
        base_models(),
        [use_set(u) for u in sorted(uses)],
        revision_lines(),
    )
    return hashlib.sha256(msgspec.json.encode(held, order="deterministic")).hexdigest()


def codebook() -> Codebook:
    """Return every known row with its code, in the layout as it stands."""
    found = RightsRow.objects.filter(layout=layout().name).order_by("code")
    pairs = list(found.values_list("code", "words"))
    data = b"".join(bytes(words) for _, words in pairs)
    rows = np.frombuffer(data, dtype="<u8").astype(np.uint64).reshape(-1, row_words())
    return Codebook(rows, np.array([code for code, _ in pairs], dtype=np.int32))


def highest_code() -> int:
    """Return the highest code ever given, in any layout; 0 for none."""
    last = RightsRow.objects.order_by("-code").values_list("code", flat=True).first()
    return last or 0


def stored_chunks(kind: str) -> Ints:
    """Return the stored codes of a kind, a row per chunk; a chunk nobody stored is all 0."""
    found = columns(
        sql.SQL("SELECT number, codes FROM registry_rightschunk WHERE kind = {}").format(
            sql.Literal(kind)
        ),
        {"number": WHOLE, "codes": f"V{4 * CHUNK}"},
    )
    chunks = np.zeros((int(found["number"].max(initial=-1)) + 1, CHUNK), dtype="<i4")
    chunks[found["number"]] = found["codes"].view("<i4").reshape(-1, CHUNK)
    return chunks
