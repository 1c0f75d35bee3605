"""Why a hub gave no answer, or an answer that is not the page."""

from registry.errors import NotFound, Unavailable
from registry.snapshots import PageState


class HubError(Unavailable):
    """A hub could not answer; worth another try later."""


class HubRefused(HubError):
    """A hub answers, but not to us: a bad token, a block, a request it does not understand."""


class OtherOrigin(HubRefused):
    """A hub points to another origin, which we neither read from nor send anything to."""


class TooLarge(HubError):
    """An answer is larger than we are ready to read."""


class PageAbsent(NotFound):
    """The hub says that a page is not (or no longer) readable under this id."""

    state: PageState = PageState.GONE

    def __init__(self, message: str, *, moved_to: str = "") -> None:
        """Keep where the page went, if it was renamed."""
        super().__init__(message)
        self.moved_to = moved_to


class PageGone(PageAbsent):
    """404: deleted, private or never there; the reason is unknown."""


class PageMoved(PageAbsent):
    """307: the page was renamed; ``moved_to`` is its new id."""

    state = PageState.RENAMED


class PageDisabled(PageAbsent):
    """The hub's staff disabled the page."""

    state = PageState.DISABLED


class PageGated(PageAbsent):
    """Only people whom the author let in may read this."""

    state = PageState.GATED


class PageWithdrawn(PageAbsent):
    """The page is private: visible to an operator's token perhaps, never kept."""

    state = PageState.WITHDRAWN
