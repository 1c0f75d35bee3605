"""The body of a plan request, for the OpenAPI schema: the four forms that are read."""

from typing import Any

from registry.licensing.plan_file import LONGEST_NAME, MOST_PARENTS
from registry.licensing.terms import Permission
from registry.lineage.relations import Relation

_PERMISSIONS = {"type": "array", "items": {"type": "string", "enum": [*Permission]}}
_LICENSE = {
    "type": "string",
    "description": "A catalogue id (see `licenses`), a name, an SPDX expression, or `unknown`.",
}
_PARENT = {
    "type": "object",
    "additionalProperties": False,
    "description": "One of `license`, `model` and `digest`. With `license`, the terms are taken "
    "as stated and the other only names the parent.",
    "properties": {
        "license": _LICENSE,
        "model": {
            "type": "string",
            "description": "A Hugging Face repository, a Civitai page, version or AIR, "
            "`civitai:ID`, `sample:SLUG`.",
        },
        "digest": {"type": "string", "description": "SHA-256 or another digest of the file."},
        "relation": {"type": "string", "enum": [*Relation], "default": Relation.MERGE.value},
        "weight": {"type": "number"},
        "multimodal": {"type": "boolean"},
        "certain": {"type": "boolean", "default": True, "description": "false: a guess."},
        "date": {
            "type": "string",
            "format": "date",
            "description": "When the author's copy was obtained: picks the text in force then.",
        },
    },
}
_FLAGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "allowCommercialUse": {"type": "array", "items": {"type": "string"}},
        "allowNoCredit": {"type": "boolean"},
        "allowDerivatives": {"type": "boolean"},
        "allowDifferentLicense": {"type": "boolean"},
    },
}
_PLAN = {
    "type": "object",
    "additionalProperties": False,
    "description": "A plan. The parents stand in `parents`, `mergekit` or `metadata`.",
    "properties": {
        "name": {"type": "string", "maxLength": LONGEST_NAME},
        "parents": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_PARENTS,
            "items": {"oneOf": [{"type": "string"}, _PARENT]},
        },
        "mergekit": {"type": "string", "description": "A mergekit configuration, YAML."},
        "metadata": {
            "type": "object",
            "description": "A file's metadata with `sd_merge_recipe` or `sd_merge_models`.",
        },
        "wish": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"allow": _PERMISSIONS, "forbid": _PERMISSIONS},
            "description": "What the author wants to allow (absent: everything) and to forbid.",
        },
        "profile": {
            "type": "object",
            "description": "The author's own figures, region and purpose, e.g. "
            '{"annual_revenue_usd": 500000, "region": "EU"}.',
        },
        "declared": {
            "oneOf": [_LICENSE, {"type": "array", "items": _LICENSE}],
            "description": "What the author declares already; its drift is reported.",
        },
        "flags": _FLAGS,
    },
}
_SCENARIO = {
    "type": "object",
    "required": ["nodes"],
    "description": "A scenario; keys that are not listed are of no account.",
    "properties": {
        "title": {"type": "string"},
        "nodes": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_PARENTS,
            "items": {
                "type": "object",
                "required": ["licence"],
                "properties": {
                    "licence": _LICENSE,
                    "edge": {"type": "string", "default": "merge"},
                    "edge_conf": {"type": "string", "enum": ["high", "medium", "low"]},
                    "model": {"type": "string"},
                    "multimodal": {"type": "boolean"},
                },
            },
        },
        "declared": _LICENSE,
        "flags": _FLAGS,
        "context": {"type": "object"},
    },
}
BODY: dict[str, Any] = {
    "application/json": {"oneOf": [_PLAN, _SCENARIO]},
    "application/yaml": {"type": "string", "description": "A mergekit configuration."},
}
EXAMPLE: dict[str, Any] = {
    "name": "my-merge",
    "parents": [
        {"model": "meta-llama/Llama-3.1-8B", "relation": "merge", "weight": 0.6},
        {"license": "apache-2.0", "relation": "merge", "weight": 0.4},
    ],
    "wish": {"allow": ["use_commercial", "share_derivatives"]},
    "profile": {"annual_revenue_usd": 500000},
}
