"""Every URL prefix of the site."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("registry.api.urls")),
    path("", include("registry.web.urls")),
]
