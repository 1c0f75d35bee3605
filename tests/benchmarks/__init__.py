"""Measurements, run by hand: ``python -m tests.benchmarks.NAME``; no test collects them."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
