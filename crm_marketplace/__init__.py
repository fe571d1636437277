"""CRM Marketplace: sell on marketplaces from ERPNext."""

__version__ = "0.1.0"
