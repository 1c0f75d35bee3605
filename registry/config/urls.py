"""Every URL prefix of the site."""

from django.urls import include, path

handler400 = "registry.web.errors.bad_request"
handler500 = "registry.web.errors.own_fault"
urlpatterns = [
    path("api/v1/", include("registry.api.urls")),
    path("api/v1/", include("hub_sync.api.urls")),
    path("api/", include("registry.api.nothing_here")),
    path("", include("registry.web.urls")),
]
