"""A sandbox of Wildberries."""

from crm_marketplace.sandbox.wildberries.marketplace import Wildberries as MARKETPLACE

__all__ = ["MARKETPLACE"]
