"""Yandex Market's document as a judge."""

from tests.conformance.specification import Specification

YANDEX_MARKET = Specification("yandex-market/openapi.bundled.json")
