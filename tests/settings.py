"""Settings for tests: no network, no broker, throw-away secrets."""

import os

os.environ.setdefault("KEIFU_SECRET_KEY", "tests")
os.environ.setdefault("DATABASE_URL", "postgresql://root@127.0.0.1:5432/keifu")
os.environ["CELERY_BROKER_URL"] = "memory://"

from registry.config.settings import *  # noqa: F403

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
