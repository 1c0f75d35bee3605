"""Inspect a header that a stranger handed in: read in a process of its own, kept nowhere."""

from registry.errors import BadInput
from registry.fingerprints.algorithms import Algorithm
from registry.fingerprints.digest_query import parse_digest
from registry.fingerprints.model_file import MOST_HEADER_BYTES, UnreadableModelFile
from registry.fingerprints.running_bytes import LENGTH_FIELD_BYTES
from registry.selectors.inspection_shape import InspectionJson
from registry.selectors.inspections import inspect_facts, inspection_json
from registry.services.file_reading import ReadingLimits, read_in_subprocess

_GGUF = b"GGUF"
# Somebody waits, and others with him: less than a file of one's own may cost.
_LIMITS = ReadingLimits(cpu_seconds=10, wall_seconds=20.0, answer_bytes=32 << 20)


class NotAWholeDigest(BadInput):
    """What was given as the file's SHA-256 is none."""


def inspect_upload(content: bytes, *, filename: str = "", sha256: str = "") -> InspectionJson:
    """Return what the first bytes of a file say of it, in public form, and what is known of it.

    Nothing is stored or logged.

    :param filename: only its ending is used
    :param sha256: of the whole file, if the asker has it; looked up, not checked
    :raises UnreadableModelFile: if it is no header of a model file
    :raises NotAWholeDigest: if ``sha256`` is none
    :raises Unavailable: if no process can be started to read it
    """
    digests = _digests(sha256)
    try:
        is_beginning = _is_beginning(content)
        facts = read_in_subprocess(
            content, filename=filename, is_whole=not is_beginning, limits=_LIMITS
        )
        read = inspect_facts(facts, sha256=digests.get(Algorithm.SHA256, ""))
    except UnreadableModelFile as error:
        told = _of_what_was_sent(error, content)
        raise UnreadableModelFile(told.code, f"{told.code}: {told}") from error
    return inspection_json(read, digests=digests, stated_by="asker")


def _is_beginning(content: bytes) -> bool:
    """Return whether what was sent is the start of a file whose weights follow behind.

    A part of a safetensors header is refused: what is missing would be taken for broken.

    :raises UnreadableModelFile: if the header goes on behind what was sent
    """
    needed = LENGTH_FIELD_BYTES + int.from_bytes(content[:LENGTH_FIELD_BYTES], "little")
    begins = content[LENGTH_FIELD_BYTES : LENGTH_FIELD_BYTES + 1] == b"{"
    if begins and len(content) < needed <= MOST_HEADER_BYTES + LENGTH_FIELD_BYTES:
        raise UnreadableModelFile(
            "header_incomplete",
            f"The header has {needed:,} bytes, its length among them; {len(content):,} were sent.",
        )
    return begins or content.startswith(_GGUF)


def _of_what_was_sent(error: UnreadableModelFile, content: bytes) -> UnreadableModelFile:
    """Return an error that calls a GGUF header incomplete, of which not all was sent."""
    if error.code != "file_truncated" or not content.startswith(_GGUF):
        return error
    return UnreadableModelFile(
        "header_incomplete", f"The header goes on behind the {len(content):,} bytes that were sent."
    )


def _digests(sha256: str) -> dict[Algorithm, str]:
    if not sha256:
        return {}
    for candidate in parse_digest(sha256).candidates:
        if candidate.algorithm is Algorithm.SHA256 and candidate.is_exact:
            return {Algorithm.SHA256: candidate.value}
    raise NotAWholeDigest("sha256: give all 64 digits, or leave it out.")
