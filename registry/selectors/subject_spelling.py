"""How what an operator names is spelt here, and what he should know of it first."""

from registry.lineage.references import ReferenceKind, parse_reference
from registry.models import Artifact, Hub, HubModel
from registry.selectors.aliases import MARK
from registry.snapshots import PageState


def as_mirrored(reference: str) -> str:
    """Return a page's reference; a repository's in the case of letters in which it is mirrored."""
    kind, name = parse_reference(reference)
    if kind is not ReferenceKind.HUGGING_FACE:
        return reference
    pages = HubModel.objects.filter(hub=Hub.HUGGING_FACE, hub_model_id__iexact=name)
    names = list(pages.order_by("pk").values_list("hub_model_id", flat=True)[:2])
    return reference if name in names or len(names) != 1 else f"{kind.value}:{names[0]}"


def remark_on(subject: str) -> str:
    """Return what an act on a page or bytes may not reach; empty if it reaches what is meant."""
    kind, name = parse_reference(subject)
    if kind is ReferenceKind.SHA256:
        is_known = Artifact.objects.filter(sha256=name).exists()
        return "" if is_known else "No such bytes are known here now; it holds once they are."
    page = HubModel.objects.filter(hub=kind.value, hub_model_id=name).first()
    if page is None:
        return f"No page {subject} is mirrored here now; it holds once one is that is spelt so."
    if page.state == PageState.RENAMED and page.moved_to and not page.moved_to.startswith(MARK):
        return f"{subject} was renamed: {page.hub}:{page.moved_to} is untouched, name it too."
    return ""
