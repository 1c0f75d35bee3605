"""ComfyUI's graphs: the ``prompt`` that was run and the ``workflow`` as it was drawn, in one shape.

Pure Python: importing this module must never import Django.

Source: comfyanonymous/ComfyUI, ``execution`` (prompt: node number -> ``class_type``, ``inputs``, a
link being ``[number, output]``) and its editor's format (workflow: ``nodes`` with positional
``widgets_values``, ``links`` as lists or mappings; mode 2 is muted, 4 bypassed).
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from registry.lineage.recipes.loose_values import mapping

MOST_NODES = 2_000
MOST_INPUTS = 64  # of one node
MUTED, BYPASSED = 2, 4

_WIDGETS = {
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CLIPLoader": ("clip_name",),
    "CLIPMergeSimple": ("ratio",),
    "CLIPSubtract": ("multiplier",),
    "DualCLIPLoader": ("clip_name1", "clip_name2"),
    "ImageOnlyCheckpointLoader": ("ckpt_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "ModelMergeSimple": ("ratio",),
    "ModelSubtract": ("multiplier",),
    "TripleCLIPLoader": ("clip_name1", "clip_name2", "clip_name3"),
    "UNETLoader": ("unet_name",),
    "unCLIPCheckpointLoader": ("ckpt_name",),
    "VAELoader": ("vae_name",),
}


class Link(NamedTuple):
    """Where an input comes from."""

    node: str


class Node(NamedTuple):
    """One node: its class, its values and links by the name of the input."""

    kind: str
    values: Mapping[str, Any]
    links: Mapping[str, Link]
    is_bypassed: bool = False


Graph = Mapping[str, Node]


def read_graph(value: Any) -> Graph:
    """Return the graph in a prompt, a request around one, or a workflow; empty if it is none."""
    found = mapping(value) or {}
    if isinstance(found.get("nodes"), list):
        return dict(_drawn(found))
    inner = mapping(found.get("prompt")) if "prompt" in found else None
    return dict(_run(inner if inner is not None else found))


def _run(prompt: Mapping[str, Any]) -> Iterator[tuple[str, Node]]:
    for number, node in list(prompt.items())[:MOST_NODES]:
        kind = node.get("class_type") if isinstance(node, dict) else None
        if isinstance(kind, str):
            inputs = list((mapping(node.get("inputs")) or {}).items())[:MOST_INPUTS]
            links = {name: Link(str(v[0])) for name, v in inputs if _is_link(v)}
            values = {name: v for name, v in inputs if name not in links}
            yield number, Node(kind, values, links)


def _is_link(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2  # noqa: PLR2004  node and output
        and isinstance(value[0], str | int)
        and isinstance(value[1], int)
    )


def _drawn(workflow: Mapping[str, Any]) -> Iterator[tuple[str, Node]]:
    origins = dict(_origins(workflow.get("links")))
    for node in workflow["nodes"][:MOST_NODES]:
        kind = node.get("type") if isinstance(node, dict) else None
        if not isinstance(kind, str) or node.get("mode") == MUTED:
            continue
        links = {
            name: Link(origin)
            for name, link in _inputs(node.get("inputs"))
            if (origin := origins.get(link)) is not None
        }
        written = node.get("widgets_values")
        placed = zip(
            _WIDGETS.get(kind, ()), written if isinstance(written, list) else (), strict=False
        )
        values = {name: value for name, value in placed if name not in links}
        yield str(node.get("id")), Node(kind, values, links, node.get("mode") == BYPASSED)


def _origins(links: Any) -> Iterator[tuple[str, str]]:
    """Yield the number of each link with the number of the node that it comes from."""
    for link in links[: MOST_NODES * 10] if isinstance(links, list) else ():
        if isinstance(link, dict):
            yield str(link.get("id")), str(link.get("origin_id"))
        elif isinstance(link, list) and len(link) > 1:
            yield str(link[0]), str(link[1])


def _inputs(inputs: Any) -> Iterator[tuple[str, str]]:
    for entry in inputs[:MOST_INPUTS] if isinstance(inputs, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            yield entry["name"], str(entry.get("link"))
