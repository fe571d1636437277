"""A sandbox of Yandex Market."""

from crm_marketplace.sandbox.yandex_market.marketplace import YandexMarket as MARKETPLACE

__all__ = ["MARKETPLACE"]
