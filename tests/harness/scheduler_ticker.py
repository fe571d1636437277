"""Run by the bench's Python in the sites folder: a scheduler for one site only, so that the other sites of a
bench are left alone while tests run.

usage: scheduler_ticker.py <site> [seconds]

It ticks as often as it is told; Frappe's own scheduler as installed once in 60 seconds.
"""

from __future__ import annotations

import sys
import time

import frappe
from frappe.utils.scheduler import enqueue_events

SECONDS = 5


def main(site: str, seconds: str = str(SECONDS)) -> None:
	while True:
		frappe.init(site=site, sites_path=".")
		frappe.connect()
		try:
			enqueue_events(site=site)
			frappe.db.commit()  # as Frappe's own `enqueue_events_for_site` leaves it
		finally:
			frappe.destroy()
		time.sleep(float(seconds))


if __name__ == "__main__":
	main(sys.argv[1])
