"""HTML pages of the registry: parse, one call, render."""

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.middleware import HtmxDetails

from registry.errors import BadInput
from registry.licensing.profile_fields import FIELDS
from registry.licensing.terms import Permission
from registry.selectors.answer_shape import Answer
from registry.selectors.answers import answer
from registry.selectors.as_of import moment_of
from registry.selectors.asker import asker_of
from registry.selectors.examples import examples
from registry.selectors.model_page import model_page
from registry.selectors.search import search_pages
from registry.selectors.stack_answers import stack_answer
from registry.selectors.told import Asked
from registry.web.license_pages import license_page, licenses_named


class HtmxRequest(HttpRequest):
    """A request that django-htmx's middleware has looked at."""

    htmx: HtmxDetails


class UnknownUse(BadInput):
    """What somebody wants to do is none of the permissions we know."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the box to ask in."""
    return render(
        request, "registry/home.html", {"examples": examples(), "permissions": tuple(Permission)}
    )


@csrf_exempt  # it stores nothing and knows no cookie: nobody's name can be misused for it
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Answer ``what`` (and ``use``, ``as_of``, who asks); without a question, show the box.

    Several ``what`` are files that are used together. What is said of the asker is posted, so
    that it stands in no address, and the page is kept by nobody.
    """
    values = request.POST if request.method == "POST" else request.GET
    whats = list(dict.fromkeys(what.strip() for what in values.getlist("what") if what.strip()))
    if not whats:
        return redirect("home")
    said = {field: values[field] for field in FIELDS if values.get(field)}
    asked = _asked(values, said)
    is_one = len(whats) == 1
    told = _answer(whats[0], asked) if is_one else stack_answer(files=whats, asked=asked)
    context = {"answer": told, "whats": whats, "said": said, "permissions": tuple(Permission)}
    response = render(request, f"registry/{'answer' if is_one else 'stack'}.html", context)
    if said:
        patch_cache_control(response, private=True, no_store=True)
    return response


@require_safe
def search(request: HtmxRequest) -> HttpResponse:
    """List pages by name; asked by htmx, give the next rows only."""
    query = request.GET.get("q", "")
    found = search_pages(query=query, cursor=request.GET.get("cursor", ""))
    name = "search_rows" if request.htmx else "search"
    return render(request, f"registry/{name}.html", {"query": query, "found": found})


@require_safe
def model(request: HttpRequest, hub: str, model_id: str) -> HttpResponse:
    """Show one mirrored page; with ``?as_of=``, its rights as known then."""
    page = model_page(hub=hub, hub_model_id=model_id.rstrip("/"), as_of=_moment(request.GET))
    return render(request, "registry/model.html", {"it": page})


@require_safe
def licenses(request: HtmxRequest) -> HttpResponse:
    """List the licence catalogue; asked by htmx, give the rows only."""
    query = request.GET.get("q", "")
    name = "license_rows" if request.htmx else "licenses"
    return render(
        request, f"registry/{name}.html", {"query": query, "licenses": licenses_named(query)}
    )


@require_safe
def license_detail(request: HttpRequest, license_id: str) -> HttpResponse:
    """Show what one licence says."""
    return render(request, "registry/license.html", {"it": license_page(license_id.rstrip("/"))})


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Explain how answers are made and what they leave out."""
    return render(request, "registry/about.html")


@require_safe
@cache_control(max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    """Keep crawlers off other people's pages, as the hubs list them."""
    return render(request, "robots.txt", content_type="text/plain")


def _answer(what: str, asked: Asked) -> Answer:
    return answer(what=what, use=asked.use, as_of=asked.as_of, profile=asked.profile)


def _asked(values: QueryDict, said: Mapping[str, str]) -> Asked:
    """Return how a question is asked."""
    as_of = _moment(values)
    return Asked(use=_use(values.get("use", "")), as_of=as_of, profile=asker_of(said, as_of=as_of))


def _moment(values: QueryDict) -> datetime | None:
    """Return the moment asked about; none for now."""
    return moment_of(values.get("as_of", ""), now=timezone.now())


def _use(text: str) -> Permission | None:
    """Return the permission named by ``text``; none for an empty text."""
    if not text:
        return None
    try:
        return Permission(text)
    except ValueError:
        raise UnknownUse(f"A use is one of: {', '.join(Permission)}.") from None
