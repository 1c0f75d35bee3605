"""Settings, read once from the environment; every default is safe on a laptop.

Import ``django.conf.settings``, never this module.

========================  ==========================================================================
KEIFU_HOME                folder of all data; default ``.keifu`` in the project
KEIFU_SECRET_KEY          default: made once and kept in KEIFU_HOME/secret-key
KEIFU_ALLOWED_HOSTS       names the site is reached by, comma-separated; default: this machine only
KEIFU_HTTPS               1 behind a proxy that ends TLS and sets X-Forwarded-Proto: redirects to
                          https, secure cookies, HSTS
KEIFU_PROXIES             how many proxies to believe when counting an address' requests; default 0
KEIFU_CONTACT             whom to write to; stands on every page
KEIFU_API_RATE            requests an address may make; default ``240/minute``
KEIFU_MIRROR              hubs to mirror once a day: ``civitai,huggingface``; default none
KEIFU_INSPECT             hubs of whose mirrored files the headers are read; default those of
                          KEIFU_MIRROR; ``none`` for no hub
KEIFU_INSPECT_BYTES       bytes that may be read of one hub's files in a day; default 1,000,000,000
KEIFU_INSPECT_RATE        requests for files that a hub may get in a second; default 2
KEIFU_INSPECT_AT_ONCE     files read of one hub at one time; default 2
KEIFU_LOG_LEVEL           default WARNING
KEIFU_DEBUG               1 shows errors in the browser; never where others can reach it
CIVITAI_TOKEN, HF_TOKEN   sent to the hubs; they raise limits, and make nothing private public
DATABASE_URL              a PostgreSQL server (15 or later); default: the embedded one
CELERY_BROKER_URL         RabbitMQ or Redis; default: folders under KEIFU_HOME
========================  ==========================================================================
"""

from registry.config import broker, env, logs, postgres, postgres_files, secrets

BASE_DIR = env.ROOT
KEIFU_HOME = env.home()
KEIFU_CONTACT = env.text("KEIFU_CONTACT", "")
KEIFU_EMBEDDED_DATABASE = not env.text("DATABASE_URL", "")

# --- safety -------------------------------------------------------------------------------------
SECRET_KEY = env.text("KEIFU_SECRET_KEY", "") or secrets.secret_key(KEIFU_HOME)
DEBUG = env.flag("KEIFU_DEBUG")
ALLOWED_HOSTS = env.words("KEIFU_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
_HTTPS = env.flag("KEIFU_HTTPS")
CSRF_TRUSTED_ORIGINS = (
    [f"https://{host.replace('.', '*.', 1) if host[0] == '.' else host}" for host in ALLOWED_HOSTS]
    if _HTTPS
    else []
)
CSRF_COOKIE_HTTPONLY = SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
SECURE_SSL_REDIRECT = _HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0  # one year
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # a page's address holds what was asked
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes

# --- the site -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "registry.config",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "registry",
    "hub_sync",
    "scanners",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "registry.config.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "registry.web.errors.AnswerErrors",
]
ROOT_URLCONF = "registry.config.urls"
WSGI_APPLICATION = "registry.config.wsgi.application"
TEST_RUNNER = "registry.config.test_runner.PytestRunner"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"],
        },
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = logs.logging_settings(level=env.level("KEIFU_LOG_LEVEL", "WARNING"))

# --- static files: hashed names, served by WhiteNoise; collected by `up` or the first web process
STATIC_URL = "/static/"
STATIC_ROOT: str | None = str(KEIFU_HOME / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- data ---------------------------------------------------------------------------------------
DATABASES = {
    "default": (
        {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": postgres.DATABASE,
            "USER": postgres.USER,
            "HOST": str(postgres_files.Place(KEIFU_HOME).sockets),
        }
        if KEIFU_EMBEDDED_DATABASE
        else env.database("DATABASE_URL")
    )
    | {
        "CONN_MAX_AGE": 600,  # seconds
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,  # or a raw payload is rolled back with the error of reading it
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Called inside an erasure's transaction (registry/services/erasure.py), which knows no other app.
KEIFU_ERASERS = ["hub_sync.services.erasure.erase_page"]
# Asked for an evidence pack: who holds hubs' answers (registry/selectors/evidence_shape.py).
KEIFU_EVIDENCE = ["hub_sync.selectors.evidence.payload_evidence"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- the JSON interface -------------------------------------------------------------------------
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "registry.api.errors.handle",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": env.rate("KEIFU_API_RATE", "240/minute")},
    "NUM_PROXIES": env.number("KEIFU_PROXIES", 0),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Keifu",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "DESCRIPTION": (
        "May I use, host, merge or sell this model? Read-only, without a key, from any web page. "
        "Words are `allowed`, `conditional`, `unclear`, `forbidden` or `not_applicable`; each "
        "stands for the interval from `best` to `worst` and has its grounds. Keys are added, "
        "never renamed. Errors are `{code, detail}`. Answers carry an ETag; `429` has "
        "`Retry-After`. A reading of published terms, not legal advice."
    ),
}

# --- background work: rows in our tables are the truth, a message is only a wake-up ---------------
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", broker.FOLDERS)
CELERY_BROKER_TRANSPORT_OPTIONS = (
    broker.folders(KEIFU_HOME) if CELERY_BROKER_URL == broker.FOLDERS else {}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True  # state lives in our tables, never in a result backend
CELERY_TASK_ACKS_LATE = False  # a long run must not be delivered twice
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(KEIFU_HOME / "beat-schedule")
CELERY_TASK_QUEUES = broker.QUEUES
CELERY_TASK_ROUTES = broker.ROUTES
_HUBS = frozenset({"civitai", "huggingface"})
_MIRRORED = env.words("KEIFU_MIRROR", "", among=_HUBS)
KEIFU_INSPECT = [
    hub
    for hub in env.words("KEIFU_INSPECT", ",".join(_MIRRORED), among=_HUBS | {"none"})
    if hub != "none"
]
KEIFU_INSPECT_BYTES = env.number("KEIFU_INSPECT_BYTES", 1_000_000_000)
KEIFU_INSPECT_RATE = env.number("KEIFU_INSPECT_RATE", 2)
KEIFU_INSPECT_AT_ONCE = max(env.number("KEIFU_INSPECT_AT_ONCE", 2), 1)
CELERY_BEAT_SCHEDULE = broker.schedule(mirrored=_MIRRORED, inspected=KEIFU_INSPECT)
