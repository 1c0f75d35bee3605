"""Write what look-ups read: the keys of all digests, and the newest epoch's codes.

Three files under ``KEIFU_HOME/rights`` (format: ``registry.rights.files``): ``keys-<marks>`` holds
the digests of everything mirrored and is written again only when bytes were added;
``codes-<epoch>`` the code of every artifact and the rows; ``current`` names both, and is replaced
last. Rows of the database are the truth: a file that is missing, torn or of another epoch is not
read, and written again by the next ``publish_rights``.
"""

import hashlib
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from registry.fingerprints.algorithms import HEX_LENGTHS, Algorithm
from registry.models import RightsKind
from registry.rights.files import TornFile, open_arrays, write_arrays
from registry.rights.keys import SHORT, WHOLE, Array, short_section, whole_section
from registry.rights.layout import layout
from registry.selectors.columns import BIG, columns
from registry.selectors.rights_epochs import codebook, newest_epoch, stored_chunks
from registry.selectors.rights_snapshot import CURRENT, FOLDER, names_in, published_epoch

# A digest that comes later without bytes or a file is looked up in the tables until the next do.
_MARKS = """
SELECT (SELECT max(id) FROM registry_artifact), (SELECT max(id) FROM registry_modelfile)
"""


def publish_if_missing() -> bool:
    """Write the files of the newest epoch unless they are there; return whether any were."""
    newest = newest_epoch()
    if newest is None or published_epoch() == newest.pk:
        return False
    publish_rights(check_keys=True)
    return True


def publish_rights(*, check_keys: bool = False) -> None:
    """Write the files of the newest epoch, if there is any; older ones are removed.

    :param check_keys: look whether the keys that are there are whole, not only that they are there
    """
    folder = Path(settings.KEIFU_HOME) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_ours = not connection.in_atomic_block
    with transaction.atomic():
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        epoch = newest_epoch()
        if epoch is None:
            return
        keys = _keys_name()
        if not _is_there(folder / keys, check=check_keys):
            write_arrays(folder / keys, about={}, arrays=_sections())
        codes, book = stored_chunks(RightsKind.ARTIFACT).reshape(-1), codebook()
    write_arrays(
        folder / f"codes-{epoch.pk}",
        about={"epoch": epoch.pk, "computed_at": epoch.computed_at.isoformat()},
        arrays={
            "codes": codes,
            "row_codes": book.codes.astype("<i4"),
            "rows": book.rows.astype("<u8").reshape(-1),
        },
    )
    about = {"keys": keys, "codes": f"codes-{epoch.pk}", "epoch": epoch.pk, "layout": layout().name}
    write_arrays(folder / CURRENT, about=about, arrays={})
    for file in folder.iterdir():
        if file.name not in {CURRENT, *names_in(about)}:
            file.unlink(missing_ok=True)


def _is_there(path: Path, *, check: bool) -> bool:
    if not check:
        return path.exists()
    try:
        open_arrays(path)
    except TornFile:
        return False
    return True


def _keys_name() -> str:
    with connection.cursor() as cursor:
        cursor.execute(_MARKS)
        marks = cursor.fetchone()
    said = (marks, *(kind.value for kind in (*WHOLE, *SHORT)))
    return f"keys-{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"


def _sections() -> dict[str, Array]:
    """Return every digest by kind."""
    found = columns(
        sql.SQL("SELECT id, decode(sha256, 'hex') FROM registry_artifact"),
        {"artifact": BIG, "digest": "V32"},
    )
    arrays = whole_section(Algorithm.SHA256, found["digest"], found["artifact"])
    for algorithm in WHOLE[1:]:
        found = _stored(algorithm, "decode(value, 'hex')", "V32")
        arrays |= whole_section(algorithm, found["digest"], found["artifact"])
    for algorithm in SHORT:
        found = _stored(algorithm, "('x' || lpad(value, 16, '0'))::bit(64)::bigint", BIG)
        arrays |= short_section(algorithm, found["digest"].astype(np.uint64), found["artifact"])
    return arrays


def _stored(algorithm: Algorithm, value: str, kind: str) -> dict[str, Array]:
    """Return the stored digests of a kind that have its length."""
    query = sql.SQL(
        "SELECT artifact_id, {value} FROM registry_artifactdigest"
        " WHERE algorithm = {name} AND value ~ {form}"
    ).format(
        value=sql.SQL(value),
        name=sql.Literal(algorithm.value),
        form=sql.Literal(f"^[0-9a-f]{{{HEX_LENGTHS[algorithm]}}}$"),
    )
    return columns(query, {"artifact": BIG, "digest": kind})
