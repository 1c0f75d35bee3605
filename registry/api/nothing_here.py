"""Every other address below the API, so that it answers in JSON there too.

Only addresses that end in a slash: the others are sent to the one with a slash.
"""

from django.urls import re_path

from registry.api.operations import NothingHere

urlpatterns = [re_path(r"^(?:[\s\S]*/)?\Z", NothingHere.as_view())]
