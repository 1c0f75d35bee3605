"""Parents that a Hugging Face Hub names in a repository's tags.

Pure Python: importing this module must never import Django.
Source: facts/huggingface.md section 1: ``base_model:<id>`` and ``base_model:<relation>:<id>``.
"""

from registry.lineage.addresses import huggingface_reference


def parent_named_in(tag: str) -> str:
    """Return the reference of the parent that a tag names; empty if it names none."""
    head, _, rest = tag.partition(":")
    parent = huggingface_reference(rest.rpartition(":")[2]) if head == "base_model" else None
    return str(parent) if parent is not None else ""
