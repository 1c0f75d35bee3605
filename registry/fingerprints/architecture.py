"""What a model file is - kind, family, role - as its tensors' names and shapes show it.

One pass builds indices; the signatures of ``signatures/*.toml`` are looked up in them. What two
families share stays open: ``alternatives`` names all that fit. Nothing here is a claim of the
file's author; those are compared in ``registry.inspection.contradictions``. Pure Python: importing
this module must never import Django.

Source: facts/provenance.md section 5, facts/scanners.md section 5.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from registry.fingerprints.architecture_adapters import Adapter, adapter_of
from registry.fingerprints.architecture_components import Inventory, inventory_of
from registry.fingerprints.architecture_index import Index, Shape, index_of, pattern_of
from registry.fingerprints.architecture_layout import layout, plain_gguf_name, split_root
from registry.fingerprints.architecture_rules import UNKNOWN, Match, families, matches_of
from registry.fingerprints.architecture_values import Architecture
from registry.fingerprints.model_file import FileFacts, FileFormat, PortFact, TensorFact

ALONE = "alone"  # stands in for a root where a file holds one tensor
MARK = "mark"  # the kind of signatures that only add variants
_IMAGE_PROMPTS = frozenset({"face_identity", "image_prompt"})  # adapters of their own shape
_FIRST = (  # which component names the whole file
    *("ip_adapter_faceid", "instantid", "pulid", "photomaker", "ip_adapter", "face_model"),
    *("face_swap", "controlnet", "controlnet_lllite", "t2i_adapter", "diffusion_model"),
    *("motion_module", "embedding", "hypernetwork", "upscaler", "image_prompt_encoder"),
    *("language_model", "speech_model", "vae", "text_encoder", "image_encoder"),
)
_BESIDE_A_NETWORK = {"vae", "text_encoder", "text_encoder_2", "text_encoder_3"}
_MOST_BECAUSE = 12
MOST_TENSORS = 200_000  # looked at; a header of 10 MB holds no more, real files hold 5,000


def architecture_of(facts: FileFacts) -> Architecture:
    """Return what a file is; what nothing decides is ``unknown``.

    Only the first ``MOST_TENSORS`` tensors are looked at; all are counted.
    """
    inventory = inventory_of(facts.tensors)
    is_cut = len(facts.tensors) > MOST_TENSORS
    seen = replace(facts, tensors=facts.tensors[:MOST_TENSORS]) if is_cut else facts
    found = _of_graph(seen) or _of_members(seen) or _of_tensors(seen, inventory)
    found = _narrowed(found, seen)
    cut = (f"only the first {MOST_TENSORS:,} tensors were looked at",) if is_cut else ()
    return replace(
        found,
        notes=(*found.notes, *cut),
        components=inventory.components,
        parameters=inventory.parameters,
        dtypes=inventory.dtypes,
        quantization=inventory.quantization,
    )


def _of_graph(facts: FileFacts) -> Architecture | None:
    """Return what a graph's inputs and outputs tell."""
    if not facts.inputs:
        return None
    named = [
        *(("in", port.name, _port_shape(port)) for port in facts.inputs),
        *(("out", port.name, _port_shape(port)) for port in facts.outputs),
        *(("weight", tensor.name, tensor.shape) for tensor in facts.tensors),
    ]
    index = index_of((f"{way}:{name}", f"{way}#{len(s)}", s) for way, name, s in named)
    matches = [
        match
        for match in matches_of(index, "ports")
        if not 0 < match.signature.most_inputs < len(facts.inputs)
    ]
    return _settled(matches)


def _port_shape(port: PortFact) -> Shape:
    return tuple(size if isinstance(size, int) else 0 for size in port.shape)


def _of_members(facts: FileFacts) -> Architecture | None:
    """Return what the names inside an archive tell."""
    ends = {
        f"*_{'_'.join(words[-count:])}"
        for member in facts.members
        for words in [member.rpartition("/")[2].rsplit("_", 2)]
        for count in range(1, len(words))
    }
    return _settled(matches_of(index_of((end, end, ()) for end in sorted(ends)), "members"))


def _of_tensors(facts: FileFacts, inventory: Inventory) -> Architecture:
    groups = _indices(facts, inventory.packed)
    matches = {root: matches_of(index, "tensors") for root, index in groups.items()}
    marks = [m for found in matches.values() for m in found if m.signature.kind == MARK]
    networks = {
        root: settled
        for root, found in matches.items()
        if (settled := _settled([m for m in found if m.signature.kind != MARK]))
    }
    adapter = adapter_of(facts.tensors)
    if adapter and not _is_image_prompt(networks.get("")):
        found = _of_adapter(adapter)
    else:
        found = _with_marks(_of_networks(networks, groups), marks)
    # whatever else a file holds beside it, a face stays a face
    touches = any(network.touches_likeness for network in networks.values())
    return replace(found, touches_likeness=touches)


def _is_image_prompt(found: Architecture | None) -> bool:
    return found is not None and found.role in _IMAGE_PROMPTS


def _indices(facts: FileFacts, packed: frozenset[str]) -> dict[str, Index]:
    """Return an index of each root's tensors; what has no root stands under ``""``."""
    named: dict[str, list[tuple[str, str, Shape]]] = defaultdict(list)
    is_gguf = facts.format is FileFormat.GGUF
    for tensor in facts.tensors:
        root, rest = split_root(plain_gguf_name(tensor.name) if is_gguf else tensor.name)
        shape = () if tensor.name in packed else tensor.shape
        named[root].append((rest, pattern_of(rest), shape))
    if len(facts.tensors) == 1:
        named[ALONE].append(_alone(facts.tensors[0]))
    return {root: index_of(triples) for root, triples in named.items()}


def _alone(tensor: TensorFact) -> tuple[str, str, Shape]:
    return (tensor.name, "alone#", tensor.shape)


def _of_networks(networks: dict[str, Architecture], groups: dict[str, Index]) -> Architecture:
    """Return what the most telling component is, and whether others stand beside it."""
    if not networks:
        return Architecture()
    order = {kind: place for place, kind in enumerate(_FIRST)}
    root, first = min(
        networks.items(), key=lambda item: (order.get(item[1].kind, len(order)), item[0])
    )
    beside = {layout().roots.get(other, "") for other in groups if other != root}
    if first.kind == "diffusion_model" and beside & _BESIDE_A_NETWORK:
        return replace(first, kind="checkpoint")
    return first


def _of_adapter(adapter: Adapter) -> Architecture:
    settled = _settled(matches_of(adapter.index, "modules")) or Architecture()
    return replace(settled, kind=adapter.kind, adapter=adapter.details)


def _with_marks(found: Architecture, marks: Iterable[Match]) -> Architecture:
    variants = [name for mark in marks for name in mark.variants]
    because = [name for mark in marks for name in mark.because]
    if found.kind == UNKNOWN or not variants:
        return found
    return replace(found, variants=(*found.variants, *variants), because=(*found.because, *because))


def _settled(matches: list[Match]) -> Architecture | None:
    """Return what the signatures that fit say together; nothing if none fits."""
    return _architecture(matches) if matches else None


def _architecture(matches: list[Match]) -> Architecture:
    """Return what signatures say; where they name several families, none is firm."""
    matches = [match for match in matches if not match.signature.general] or matches
    kinds = list(dict.fromkeys(match.signature.kind for match in matches))
    named = list(dict.fromkeys(_families_of(matches)))
    family = named[0] if len(named) == 1 else UNKNOWN
    roles = list(dict.fromkeys(match.role for match in matches))
    return Architecture(
        kind=kinds[0] if len(kinds) == 1 else UNKNOWN,
        family=family,
        role=roles[0] if len(roles) == 1 else UNKNOWN,
        variants=tuple(dict.fromkeys(name for match in matches for name in match.variants)),
        alternatives=tuple(name for name in named if name != family),
        because=tuple(name for match in matches for name in match.because)[:_MOST_BECAUSE],
        notes=tuple(dict.fromkeys(note for match in matches for note in match.notes)),
        signature=matches[0].signature.id,
        touches_likeness=any(match.signature.likeness for match in matches),
    )


def _families_of(matches: Iterable[Match]) -> Iterator[str]:
    for match in matches:
        yield from (name for name in (match.family, *match.alternatives) if name != UNKNOWN)


def _narrowed(found: Architecture, facts: FileFacts) -> Architecture:
    """Return what is left where a GGUF file's own architecture word decides between families.

    Loaders build the network from that word, so it decides what keys and shapes leave open; what
    they show firmly stays as it is.
    """
    word = facts.metadata.get("general.architecture", "") if facts.format is FileFormat.GGUF else ""
    named = [family.id for family in families().values() if word and word in family.gguf]
    fitting = [name for name in named if name in found.possible_families] or named
    if found.is_firm or not fitting or (found.possible_families and fitting is named):
        return found
    because = (*found.because, f"general.architecture = {word}")
    if len(fitting) == 1:
        return replace(found, family=fitting[0], alternatives=(), because=because)
    return replace(found, family=UNKNOWN, alternatives=tuple(fitting), because=because)
