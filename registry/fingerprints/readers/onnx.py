"""Read the graph of an ONNX file: inputs, outputs, initializers and properties, never weights.

Pure Python: importing this module must never import Django.

Source of field numbers: ``onnx/onnx.proto`` (onnx 1.23.2). DeepFaceLive's ports:
facts/scanners.md section 5.
"""

from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath

from registry.fingerprints.model_file import (
    FileFacts,
    FileFinding,
    FileFormat,
    PortFact,
    TensorFact,
    UnreadableModelFile,
)
from registry.fingerprints.readers.findings import (
    name_findings,
    named,
    repeated_keys,
    text_findings,
)
from registry.fingerprints.readers.limits import MOST_METADATA_KEYS, MOST_TENSORS
from registry.fingerprints.readers.onnx_parts import initializer, pair, port, text
from registry.fingerprints.readers.protobuf import Wire, WireField, fields
from registry.fingerprints.readers.window import Cursor, Window

_IR_VERSION_KEY = 0x08  # field 1, a varint: every writer begins with it
_LARGEST_IR_VERSION = 64
_MODEL_FIELDS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})
_MODEL_TEXTS = {2: "producer_name", 3: "producer_version", 4: "domain", 6: "doc_string"}
_MODEL_NUMBERS = {1: "ir_version", 5: "model_version"}
_GRAPH, _PROPERTIES, _FUNCTIONS = 7, 14, 25
_GRAPH_NAME, _INITIALIZER, _INPUT, _OUTPUT, _SPARSE = 2, 5, 11, 12, 15
_MOST_PORTS = 10_000
_DFM_INPUT = "in_face:0"
_DFM_OUTPUTS = frozenset({"out_face_mask:0", "out_celeb_face:0", "out_celeb_face_mask:0"})


@dataclass(slots=True)
class _Model:
    """What was found so far."""

    metadata: dict[str, str] = field(default_factory=dict)
    overridden: list[tuple[str, str]] = field(default_factory=list)
    tensors: list[TensorFact] = field(default_factory=list)
    elsewhere: dict[str, int] = field(default_factory=dict)
    inputs: list[PortFact] = field(default_factory=list)
    outputs: list[PortFact] = field(default_factory=list)
    graphs: int = 0
    sparse: int = 0
    functions: int = 0


def looks_like_onnx(head: bytes) -> bool:
    """Tell whether the first field can be the format's version; protobuf has no magic number."""
    return (
        len(head) > 2  # noqa: PLR2004 - the version and the next field's key
        and head[0] == _IR_VERSION_KEY
        and 0 < head[1] <= _LARGEST_IR_VERSION
        and (head[2] >> 3 in _MODEL_FIELDS)
    )


def read_onnx(window: Window) -> FileFacts:
    """Return what the graph says. Properties, the producer and versions are its metadata.

    :raises UnreadableModelFile: ``not_onnx``, or with the rule that the file breaks
    """
    if window.size is None:
        raise UnreadableModelFile(
            "size_unknown", "The size of the file is unknown, so where its graph ends is, too."
        )
    cursor = Cursor(window)
    model = _Model()
    for part in fields(cursor, window.size):
        _model_part(cursor, part, model)
    if model.graphs != 1:
        raise UnreadableModelFile("not_onnx", f"The file has {model.graphs} graphs, not one.")
    return FileFacts(
        format=FileFormat.DFM if _is_dfm(model) else FileFormat.ONNX,
        size_bytes=window.size,
        header_bytes=min(len(window.head) + window.fetched_bytes, cursor.position),
        tensors=tuple(model.tensors),
        metadata=model.metadata,
        overridden=tuple(model.overridden),
        inputs=tuple(model.inputs),
        outputs=tuple(model.outputs),
        findings=_findings(model),
    )


def _model_part(cursor: Cursor, part: WireField, model: _Model) -> None:
    if part.tag not in _MODEL_FIELDS:
        raise UnreadableModelFile("not_onnx", f"An ONNX model has no field {part.tag}.")
    if part.tag == _GRAPH and part.wire is Wire.BYTES:
        model.graphs += 1
        for inner in fields(cursor, part.end):
            _graph_part(cursor, inner, model)
    elif part.tag in _MODEL_TEXTS:
        _keep(model, _MODEL_TEXTS[part.tag], text(cursor, part))
    elif part.tag in _MODEL_NUMBERS:
        _keep(model, _MODEL_NUMBERS[part.tag], str(part.number))
    elif part.tag == _PROPERTIES:
        _keep(model, *pair(cursor, part))
    model.functions += part.tag == _FUNCTIONS


def _graph_part(cursor: Cursor, part: WireField, model: _Model) -> None:
    if part.tag == _INITIALIZER:
        if len(model.tensors) >= MOST_TENSORS:
            raise UnreadableModelFile(
                "too_many_tensors", f"The graph has more than {MOST_TENSORS} initializers."
            )
        found = initializer(cursor, part)
        model.tensors.append(found.fact())
        if found.is_external:
            model.elsewhere[found.location] = model.elsewhere.get(found.location, 0) + 1
    elif part.tag in {_INPUT, _OUTPUT}:
        ports = model.inputs if part.tag == _INPUT else model.outputs
        if len(ports) >= _MOST_PORTS:
            raise UnreadableModelFile(
                "too_many_ports", f"The graph has more than {_MOST_PORTS} inputs or outputs."
            )
        ports.append(port(cursor, part))
    elif part.tag == _GRAPH_NAME:
        _keep(model, "graph_name", text(cursor, part))
    model.sparse += part.tag == _SPARSE


def _keep(model: _Model, key: str, value: str) -> None:
    if key in model.metadata:
        model.overridden.append((key, model.metadata[key]))
    if len(model.metadata) + len(model.overridden) >= MOST_METADATA_KEYS:
        raise UnreadableModelFile(
            "too_many_metadata_keys", f"The file has more than {MOST_METADATA_KEYS} properties."
        )
    model.metadata[key] = value


def _is_dfm(model: _Model) -> bool:
    outputs = {found.name for found in model.outputs}
    return any(found.name == _DFM_INPUT for found in model.inputs) and outputs >= _DFM_OUTPUTS


def _findings(model: _Model) -> tuple[FileFinding, ...]:
    found = [
        *text_findings(model.metadata),
        *repeated_keys(model.overridden, model.metadata),
        *name_findings(
            [
                *(part.name for part in model.tensors),
                *(part.name for part in (*model.inputs, *model.outputs)),
            ]
        ),
    ]
    if model.elsewhere:
        found.append(
            FileFinding(
                "external_data",
                f"The bytes of {sum(model.elsewhere.values())} initializers lie in other files, "
                f"which were not read: {named(model.elsewhere)}.",
            )
        )
    leaving = [place for place in model.elsewhere if _leaves_folder(place)]
    if leaving:
        found.append(
            FileFinding(
                "external_data_outside_folder",
                f"Initializers refer to files outside the model's folder: {named(leaving)}.",
            )
        )
    if model.sparse:
        found.append(
            FileFinding(
                "sparse_initializers", f"{model.sparse} sparse initializers are not listed."
            )
        )
    return tuple(found)


def _leaves_folder(place: str) -> bool:
    windows = PureWindowsPath(place)
    return bool(
        PurePosixPath(place).is_absolute() or windows.drive or windows.root or ".." in windows.parts
    )
