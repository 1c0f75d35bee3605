"""URLs of the registry API.

A page's id may hold one slash (``owner/name``), so what is asked of a page stands before its hub.
"""

from django.urls import path, register_converter
from django.urls.converters import StringConverter
from drf_spectacular.views import SpectacularAPIView

from registry.api import inspections, lookups, operations, plans, views
from registry.models import Hub


class HubConverter(StringConverter):
    """One of the hubs."""

    regex = "|".join(Hub.values)


class PageIdConverter(StringConverter):
    """An id with at most one slash."""

    regex = "[^/]+(?:/[^/]+)?"


register_converter(HubConverter, "hub")
register_converter(PageIdConverter, "page_id")

urlpatterns = [
    path("artifacts/by-hash/<str:digest>/", lookups.by_hash, name="api-by-hash"),
    path("artifacts/by-hash/", lookups.ByHashes.as_view(), name="api-by-hashes"),
    path("rights/", views.Rights.as_view(), name="api-rights"),
    path("rights/digest/<str:digest>/", views.DigestRights.as_view(), name="api-digest-rights"),
    path(
        "rights/<hub:hub>/<page_id:model_id>/", views.PageRights.as_view(), name="api-page-rights"
    ),
    path("lineage/<hub:hub>/<page_id:model_id>/", views.PageLineage.as_view(), name="api-lineage"),
    path("cards/<hub:hub>/<page_id:model_id>/", views.Card.as_view(), name="api-card"),
    path("models/<hub:hub>/<page_id:model_id>/", views.Model.as_view(), name="api-model"),
    path(
        "versions/<hub:hub>/<page_id:model_id>/<str:version_id>/",
        views.Version.as_view(),
        name="api-version",
    ),
    path("inspections/", inspections.Inspections.as_view(), name="api-inspections"),
    path("search/", views.Search.as_view(), name="api-search"),
    path("licenses/", views.Licenses.as_view(), name="api-licenses"),
    path("licenses/plan/", plans.PlanLicense.as_view(), name="api-plan-license"),
    path("licenses/<str:license_id>/", views.License.as_view(), name="api-license"),
    path("health/", operations.Health.as_view(), name="api-health"),
    path("ready/", operations.Readiness.as_view(), name="api-ready"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
]
