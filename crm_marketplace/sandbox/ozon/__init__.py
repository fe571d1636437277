"""A sandbox of Ozon."""

from crm_marketplace.sandbox.ozon.marketplace import Ozon as MARKETPLACE

__all__ = ["MARKETPLACE"]
