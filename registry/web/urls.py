"""URLs of the registry pages."""

from django.urls import path

from registry.web import views

urlpatterns = [
    path("", views.home, name="home"),
    path("ask", views.ask, name="ask"),
    path("search", views.search, name="search"),
    path("models/<str:hub>/<path:model_id>", views.model, name="model"),
    path("licenses", views.licenses, name="licenses"),
    path("licenses/<path:license_id>", views.license_detail, name="license"),
    path("about", views.about, name="about"),
    path("robots.txt", views.robots, name="robots"),
]
