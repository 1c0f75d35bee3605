"""Where a file, its header and its page do not say the same.

A header is its author's word: it can be copied from a parent, and a trainer may write a default.
Each finding states both sides; which is right, nobody decides here. Pure Python: importing this
module must never import Django.

Source: facts/provenance.md section 5, facts/huggingface.md section 5.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from registry.fingerprints.architecture_rules import UNKNOWN
from registry.fingerprints.architecture_values import Architecture
from registry.fingerprints.model_file import FileFacts, FileFinding
from registry.inspection.claims_of_family import (
    families_of_gguf,
    families_of_kohya,
    families_of_label,
    families_of_modelspec,
    names_of,
)
from registry.inspection.contradictions_of_adapters import adapter_contradictions
from registry.inspection.contradictions_of_licenses import license_contradictions
from registry.inspection.contradictions_of_parents import parent_contradictions
from registry.inspection.contradictions_of_sizes import size_contradictions
from registry.inspection.page_words import HeaderRecipe, PageWords, quoted

__all__ = ["HeaderRecipe", "PageWords", "contradictions_of"]

_BASES_ELSEWHERE = frozenset(  # a page's label names what they work with, not what they are
    {"text_encoder", "image_encoder", "language_model", "upscaler", "face_swap", "dfm"}
    | {"face_model", "face_recognition", "speech_model", "motion_module", UNKNOWN}
)
_MODELSPEC_KINDS = {
    "textual-inversion": frozenset({"embedding"}),
    "lora": frozenset(
        {"lora", "locon", "loha", "lokr", "dora", "oft", "boft", "glora", "ia3", "vera"}
        | {"full_difference"}
    ),
    "controlnet": frozenset({"controlnet", "controlnet_lllite"}),
    "control-net": frozenset({"controlnet", "controlnet_lllite"}),
}


@dataclass(frozen=True, slots=True)
class _Claim:
    """A statement of a family: whose, in which words, and what it may mean."""

    code: str
    whose: str
    words: str
    means: frozenset[str]


def contradictions_of(
    facts: FileFacts, architecture: Architecture, *, recipe: HeaderRecipe, page: PageWords
) -> tuple[FileFinding, ...]:
    """Return what does not fit together, in a fixed order; nothing where nothing was stated."""
    return (
        *_families(_claims(facts, page), architecture),
        *_version_two(facts, architecture),
        *_schnell(facts, page, architecture),
        *_prediction(facts, architecture),
        *_kind(facts, architecture),
        *adapter_contradictions(facts, architecture),
        *size_contradictions(facts, architecture, page),
        *license_contradictions(facts, page),
        *parent_contradictions(recipe, page),
    )


def _claims(facts: FileFacts, page: PageWords) -> Iterator[_Claim]:
    said = facts.metadata
    spec = said.get("modelspec.architecture", "")
    trained = said.get("ss_base_model_version", "")
    gguf = said.get("general.architecture", "")
    header = "the header's "
    yield _Claim(
        "header_family", f"{header}modelspec.architecture", spec, families_of_modelspec(spec)
    )
    yield _Claim(
        "trainer_base", f"{header}ss_base_model_version", trained, families_of_kohya(trained)
    )
    yield _Claim("gguf_architecture", f"{header}general.architecture", gguf, families_of_gguf(gguf))
    label = page.base_label
    yield _Claim("base_label", "the page's base-model label", label, families_of_label(label))


def _families(claims: Iterable[_Claim], shown: Architecture) -> Iterator[FileFinding]:
    for claim in claims:
        if not claim.means or (claim.code == "base_label" and shown.kind in _BASES_ELSEWHERE):
            continue
        stated = f"{claim.whose} is {quoted(claim.words)}, which means {names_of(claim.means)}"
        if not shown.possible_families:
            yield FileFinding(
                f"{claim.code}_cannot_be_told",
                f"{_sentence(stated)}; from names and shapes of the tensors it cannot be told.",
            )
        elif not claim.means & shown.possible_families:
            yield FileFinding(
                f"{claim.code}_differs",
                f"{_sentence(stated)}; names and shapes of the tensors are those of "
                f"{names_of(shown.possible_families)}.",
            )


def _version_two(facts: FileFacts, shown: Architecture) -> Iterator[FileFinding]:
    """Compare kohya's ss_v2 with the shapes; later bases are "False" too."""
    said = facts.metadata.get("ss_v2", "").strip().casefold()
    differs = {
        "true": bool(shown.possible_families) and "sd_2" not in shown.possible_families,
        "false": shown.family == "sd_2",
    }
    if differs.get(said):
        yield FileFinding(
            "trainer_version_2_differs",
            f"The header's ss_v2 is {quoted(said)}; names and shapes of the tensors are those of "
            f"{names_of(shown.possible_families)}.",
        )


def _schnell(facts: FileFacts, page: PageWords, shown: Architecture) -> Iterator[FileFinding]:
    """Compare the name FLUX.1 schnell with the guidance embedding, which schnell has not."""
    if "guidance_embedding" not in shown.variants:
        return
    spec = facts.metadata.get("modelspec.architecture", "")
    for whose, words in (
        ("the header's modelspec.architecture", spec),
        ("the page's base-model label", page.base_label),
    ):
        if "schnell" in words.casefold() or words.casefold().endswith(("flux.1 s", "flux 1 s")):
            yield FileFinding(
                "schnell_has_guidance",
                f"{_sentence(whose)} is {quoted(words)}; the file holds a guidance embedding, "
                "which FLUX.1 dev has and FLUX.1 schnell has not.",
            )


def _prediction(facts: FileFacts, shown: Architecture) -> Iterator[FileFinding]:
    """Compare a header's prediction type with the mark that some writers put beside weights."""
    words = facts.metadata.get("modelspec.prediction_type", "")
    if "v_prediction" in shown.variants and words.strip().casefold() == "epsilon":
        yield FileFinding(
            "prediction_type_differs",
            f"The header's modelspec.prediction_type is {quoted(words)}; the file holds the mark "
            "v_pred, which stands for v prediction.",
        )


def _kind(facts: FileFacts, shown: Architecture) -> Iterator[FileFinding]:
    words = facts.metadata.get("modelspec.architecture", "")
    kinds = _MODELSPEC_KINDS.get(words.partition("/")[2].casefold())
    if kinds and shown.kind != UNKNOWN and shown.kind not in kinds:
        yield FileFinding(
            "header_kind_differs",
            f"The header's modelspec.architecture is {quoted(words)}; names of the tensors are "
            f"those of the kind {shown.kind}.",
        )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
