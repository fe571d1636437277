"""Marketplaces on this machine, for demos, training and tests.

A server behaves like the marketplace it is named after: many pages, stock and prices that really change,
statuses that move, the vendor's refusals and limits, and faults on request. Nothing of it reaches the
real one. It shares no code with the connectors, so that one checks the other.

	with Sandbox("…", listings=200, orders=250) as sandbox:
		…  # sandbox.url, sandbox.credentials, sandbox.create_order(…), sandbox.fault("500", times=2)

`python -m crm_marketplace.sandbox --help` starts one as a process.
"""

from crm_marketplace.sandbox.clock import Clock
from crm_marketplace.sandbox.command import main
from crm_marketplace.sandbox.limits import UNLIMITED, Limits
from crm_marketplace.sandbox.sandbox import Sandbox
from crm_marketplace.sandbox.shop import Plan, Shop

__all__ = ["UNLIMITED", "Clock", "Limits", "Plan", "Sandbox", "Shop", "main"]
