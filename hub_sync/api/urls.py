"""URLs of the mirror's API."""

from django.urls import path

from hub_sync.api import views

urlpatterns = [path("quarantine/", views.Quarantine.as_view(), name="api-quarantine")]
