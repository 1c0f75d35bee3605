# ruff: noqa
# mypy: ignore-errors
"""Builds small malformed .safetensors and records what two readers do with each:
 - the reference Rust parser (pip safetensors),
 - huggingface_hub's header reader (parse_local_safetensors_file_metadata).
Cases 1-13 restate the inputs of safetensors/src/tensor.rs tests; the others are ours."""

import json, struct, sys, tempfile, os
import safetensors, huggingface_hub
from safetensors import safe_open, deserialize
from huggingface_hub.hf_api import parse_local_safetensors_file_metadata as hfread


def raw(h: bytes, data=b"", n=None):
    return struct.pack("<Q", len(h) if n is None else n) + h + data


T = lambda o, s=[2, 2], d="I32": {"dtype": d, "shape": s, "data_offsets": o}
J = lambda o: json.dumps(o, separators=(",", ":")).encode()
ok = J({"test": T([0, 16])})
Z = b"\0"
cases = [
    ("empty_file", b""),
    ("shorter_than_8", b"\1\2\3"),
    ("length_only", raw(b"", n=60)),
    ("header_len_past_eof", raw(ok, Z * 16, n=1000)),
    ("header_len_u64_huge", raw(ok, Z * 16, n=0xFFFFFF000000003C)),
    ("header_len_100MB_plus_1", raw(ok, Z * 16, n=100_000_001)),
    ("header_len_25MB_plus_1", raw(ok, Z * 16, n=25_000_001)),
    ("header_not_utf8", raw(b"\xff")),
    ("header_not_json", raw(b"{")),
    ("header_is_list", raw(b"[]")),
    ("header_leading_whitespace", raw(b"\t\n{}\r ")),
    ("header_trailing_padding_ok", raw(b"{}      ")),
    ("trailing_bytes_polyglot", raw(ok, Z * 16 + b"extra_bogus_data_for_polyglot_file")),
    ("truncated_data", raw(ok, Z * 14)),
    ("offset_shape_mismatch", raw(J({"test": T([0, 4])}), Z * 4)),
    ("overlapping_tensors", raw(J({f"w{i}": T([0, 16]) for i in range(10)}), Z * 16)),
    ("hole_between_tensors", raw(J({"a": T([0, 16]), "b": T([20, 36])}), Z * 36)),
    ("hole_at_start", raw(J({"a": T([4, 20])}), Z * 20)),
    ("offsets_reversed", raw(J({"a": T([16, 0])}), Z * 16)),
    ("negative_offset", raw(b'{"a":{"dtype":"I32","shape":[2,2],"data_offsets":[-1,15]}}', Z * 16)),
    ("negative_dim", raw(b'{"a":{"dtype":"I32","shape":[-2,-2],"data_offsets":[0,16]}}', Z * 16)),
    (
        "shape_overflow_mul",
        raw(
            b'{"a":{"dtype":"I32","shape":[2,18446744073709551614],"data_offsets":[0,16]}}', Z * 16
        ),
    ),
    (
        "size_overflow_bits",
        raw(b'{"a":{"dtype":"I32","shape":[2,9223372036854775807],"data_offsets":[0,16]}}', Z * 16),
    ),
    ("unknown_dtype", raw(J({"a": T([0, 16], d="Q7")}), Z * 16)),
    ("fp4_misaligned", raw(J({"a": T([0, 2], s=[1, 3], d="F4")}), Z * 2)),
    ("missing_dtype", raw(b'{"a":{"shape":[1],"data_offsets":[0,4]}}', Z * 4)),
    (
        "extra_tensor_field",
        raw(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', Z * 4),
    ),
    ("tensor_is_int", raw(b'{"a":1}')),
    ("offsets_null", raw(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":null}}', Z * 4)),
    ("metadata_value_number", raw(b'{"__metadata__":{"a":1}}')),
    ("metadata_value_object", raw(b'{"__metadata__":{"a":{"b":1}}}')),
    ("metadata_is_list", raw(b'{"__metadata__":[]}')),
    ("metadata_null", raw(b'{"__metadata__":null}')),
    ("metadata_empty", raw(b'{"__metadata__":{}}')),
    (
        "metadata_dup_inner_key",
        raw(b'{"__metadata__":{"modelspec.license":"cc-by-nc-4.0","modelspec.license":"mit"}}'),
    ),
    (
        "metadata_dup_block",
        raw(
            b'{"__metadata__":{"modelspec.license":"cc-by-nc-4.0"},"__metadata__":{"modelspec.license":"mit"}}'
        ),
    ),
    (
        "dup_tensor_same_span",
        raw(
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
            Z * 4,
        ),
    ),
    (
        "dup_tensor_diff_span",
        raw(
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
            Z * 8,
        ),
    ),
    ("metadata_nan", raw(b'{"__metadata__":{"a":NaN}}')),
    ("metadata_lone_surrogate", raw(b'{"__metadata__":{"a":"\\ud800"}}')),
    ("metadata_nul_char", raw(b'{"__metadata__":{"a":"x\\u0000y"}}')),
    ("metadata_bidi", raw('{"__metadata__":{"modelspec.title":"safe\u202egpj.exe"}}'.encode())),
    ("metadata_html", raw(b'{"__metadata__":{"modelspec.title":"<img src=x onerror=alert(1)>"}}')),
    ("deep_json_50k", raw(b'{"a":' * 50000)),
    ("zero_dim_ok", raw(J({"a": T([0, 0], s=[2, 0])}))),
    ("scalar_ok", raw(J({"a": T([0, 4], s=[])}), Z * 4)),
    ("pickle_renamed", b"\x80\x02}q\x00."),
    ("zip_renamed", b"PK\x03\x04" + Z * 40),
    ("html_instead_of_file", b"<!DOCTYPE html><html>Access denied</html>"),
    (
        "lfs_pointer_instead",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:"
        + b"a" * 64
        + b"\nsize 4265380512\n",
    ),
]
rows = []
for name, b in cases:
    p = os.path.join(tempfile.gettempdir(), name + ".safetensors")
    open(p, "wb").write(b)

    def run(f):
        try:
            return "OK " + repr(f())[:90]
        except BaseException as e:
            return f"{type(e).__name__}: {str(e).splitlines()[0][:110] if str(e) else ''}"

    def rust():
        with safe_open(p, framework="np") as f:
            return {"keys": list(f.keys()), "meta": f.metadata()}

    def hub():
        m = hfread(p)
        return {"keys": list(m.tensors), "meta": m.metadata}

    rows.append(
        {
            "name": name,
            "bytes_hex": b.hex() if len(b) <= 700 else None,
            "size": len(b),
            "rust": run(rust),
            "hub": run(hub),
        }
    )
    os.remove(p)
out = {
    "safetensors": safetensors.__version__,
    "huggingface_hub": huggingface_hub.__version__,
    "cases": rows,
}
json.dump(
    out, open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.json"), "w"), indent=1
)
for r in rows:
    print(f"{r['name']:28} | {r['rust'][:95]:95} | {r['hub'][:80]}")
