"""Settings for tests: no network, no broker, throw-away secrets, nothing written outside."""

import os

os.environ.setdefault("KEIFU_SECRET_KEY", "tests")
os.environ["CELERY_BROKER_URL"] = "memory://"
for _name in ("KEIFU_HTTPS", "KEIFU_ALLOWED_HOSTS", "KEIFU_MIRROR", "KEIFU_API_RATE"):
    os.environ.pop(_name, None)

from registry.config.settings import *  # noqa: E402, F403 - after the environment

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {  # a test of throttling sets its own rate
    **REST_FRAMEWORK,  # noqa: F405
    "DEFAULT_THROTTLE_RATES": {"anon": "1000000/minute"},
}

# Static files straight from where they lie: nothing has to be collected before a test.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
