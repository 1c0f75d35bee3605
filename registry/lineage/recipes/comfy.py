"""ComfyUI's graph in a file's header, or in a workflow next to it: what a saved model was made of.

From each node that saves a model the graph is followed upwards. What reaches it as ``model`` are
parents, with the shares of plain merges and the strengths of LoRAs; another text encoder or VAE in
``clip`` or ``vae`` is bundled. Nodes that nobody knows pass models on without shares. A workflow
that saves nothing makes images: what it loads are no parents, unless it stands in a model's header.

Grades: file names as the machine had them, without folders: E6, searches, and never complete. Pure
Python: importing this module must never import Django.

Source: facts/huggingface.md section 5; comfyanonymous/ComfyUI, ``comfy_extras/nodes_model_merging``
(ModelMergeSimple keeps ``ratio`` of model1; ModelSubtract ``multiplier`` of both; ModelAdd one).
"""

from collections.abc import Mapping
from typing import Any

from registry.lineage.recipes.comfy_graph import Graph, Node, read_graph
from registry.lineage.recipes.linear import Leaf, Sum, added, lerp, scaled, unknown
from registry.lineage.recipes.loose_values import number, text
from registry.lineage.recipes.recipe import EMPTY, Recipe, distinct
from registry.lineage.recipes.searches import searches_of_sum
from registry.lineage.relations import Evidence, Relation

MOST_STEPS = 200_000  # shares added up
DEEPEST = 150  # nodes on one way

_SAVERS = {
    "CheckpointSave", "CLIPSave", "ImageOnlyCheckpointSave", "LoraSave", "ModelSave", "VAESave",
}  # fmt: skip
_LOADS = {
    "model": ("ckpt_name", "unet_name"),
    "clip": ("ckpt_name", "clip_name", "clip_name1", "clip_name2", "clip_name3", "clip_name4"),
    "vae": ("ckpt_name", "vae_name"),
}
_PASSES_ON = ("LoraLoader", "ModelSampling", "RescaleCFG", "Reroute", "CLIPSetLastLayer")


def read_comfy_header(metadata: Mapping[str, Any], *, source: str) -> Recipe:
    """Return what the graph in a file's ``prompt``, else its ``workflow``, loads into the file."""
    for key in ("prompt", "workflow"):
        graph = read_graph(metadata.get(key))
        if graph:
            return _read(graph, f"{source}: {key}", in_header=True)
    return EMPTY


def read_workflow(written: str, *, source: str) -> Recipe:
    """Return what a workflow loads into the models that it saves."""
    return _read(read_graph(written), source, in_header=False)


def _read(graph: Graph, source: str, *, in_header: bool) -> Recipe:
    flow = _Flow(graph)
    savers = [node for node in graph.values() if node.kind in _SAVERS and not node.is_bypassed]
    if savers:
        found = added(*(_saved(flow, node) for node in savers))
    else:
        found = unknown(_loaded(node) for node in graph.values()) if in_header else {}
    problem = "The graph is larger than what is read." if flow.is_cut else ""
    detail = "ComfyUI" if savers else "ComfyUI; the graph does not say what was saved"
    claims = searches_of_sum(found, evidence=Evidence.COMFY_WORKFLOW, source=source, detail=detail)
    return Recipe(edges=distinct(list(claims)), problems=(problem,) if problem else ())


def _saved(flow: "_Flow", saver: Node) -> Sum:
    """Return what flows into a node that saves a model; parts beside the model are bundled."""
    result = flow.into(saver, "model")
    for part in ("clip", "vae"):
        for leaf in flow.into(saver, part):
            if leaf not in result and leaf.relation is not Relation.ADAPTER:
                result = added(result, {Leaf(leaf.name, Relation.BUNDLE): None})
            elif leaf not in result:
                result = added(result, {leaf: None})
    return result


def _loaded(node: Node) -> Sum:
    names = {text(node.values.get(key)) for keys in _LOADS.values() for key in keys}
    loaded: Sum = {Leaf(name): None for name in sorted(names) if name}
    lora = text(node.values.get("lora_name"))
    return {**loaded, Leaf(lora, Relation.ADAPTER): None} if lora else loaded


class _Flow:
    """What flows through a graph, one channel (model, clip or vae) at a time."""

    def __init__(self, graph: Graph) -> None:
        self.is_cut = False
        self._graph = graph
        self._known: dict[tuple[str, str], Sum] = {}
        self._steps = 0

    def into(self, node: Node, channel: str, depth: int = 0) -> Sum:
        """Return the sum of what comes into a node by the inputs of one channel, unweighted."""
        return added(*self._inputs(node, channel, depth))

    def _inputs(self, node: Node, channel: str, depth: int) -> list[Sum]:
        links = [link for name, link in node.links.items() if name.startswith(channel)]
        return [self._out_of(link.node, channel, depth) for link in links or node.links.values()]

    def _out_of(self, number_: str, channel: str, depth: int) -> Sum:
        key = (number_, channel)
        if key in self._known or number_ not in self._graph:
            return self._known.get(key, {})
        self._known[key] = {}  # for a graph that runs in circles
        if depth > DEEPEST or self._steps > MOST_STEPS:
            self.is_cut = True
            return {}
        node = self._graph[number_]
        inputs = self._inputs(node, channel, depth + 1)
        self._steps += 1 + sum(map(len, inputs))
        self._known[key] = (
            inputs[0] if node.is_bypassed and inputs else _made(node, channel, inputs)
        )
        return self._known[key]


def _made(node: Node, channel: str, inputs: list[Sum]) -> Sum:
    """Return what comes out of a node."""
    own = _own(node, channel)
    if not inputs:
        return own
    if len(inputs) == 1:
        passes_on = node.kind.startswith(_PASSES_ON)
        return added(inputs[0] if passes_on else unknown(inputs), own)
    merged = _merged(node, channel, inputs)
    return added(unknown(inputs) if merged is None else merged, own)


def _own(node: Node, channel: str) -> Sum:
    names = [name for key in _LOADS[channel] if (name := text(node.values.get(key)))]
    loaded: Sum = {Leaf(name): 1.0 if len(names) == 1 else None for name in names}
    lora = text(node.values.get("lora_name"))
    if lora and channel != "vae":
        loaded[Leaf(lora, Relation.ADAPTER)] = number(node.values.get(f"strength_{channel}"))
    return loaded


def _merged(node: Node, channel: str, inputs: list[Sum]) -> Sum | None:
    """Return what a plain merge of two models makes; nothing for any other node."""
    if set(node.links) != {f"{channel}1", f"{channel}2"}:
        return None
    first, second = (inputs[list(node.links).index(f"{channel}{place}")] for place in (1, 2))
    multiplier = number(node.values.get("multiplier"))
    match node.kind:
        case "ModelMergeSimple" | "CLIPMergeSimple":
            return lerp(second, first, number(node.values.get("ratio")))
        case "ModelSubtract" | "CLIPSubtract":
            opposite = None if multiplier is None else -multiplier
            return added(scaled(multiplier, first), scaled(opposite, second))
        case "ModelAdd" | "CLIPAdd":
            return added(first, second)
    return None
