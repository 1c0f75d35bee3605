"""What the mirror could not read, as JSON."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hub_sync.selectors.quarantine_counts import QuarantineJson, quarantine_counts
from registry.http.public_view import PublicView
from registry.http.responses import may_fail


class Quarantine(PublicView):
    """How many items of the hubs could not be read."""

    @extend_schema(
        operation_id="quarantine", responses=may_fail(QuarantineJson), tags=["operations"]
    )
    def get(self, request: Request) -> Response:
        """Count the items that no run could read; `manage.py quarantine` names them."""
        return Response(quarantine_counts())
