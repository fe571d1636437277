"""Run by the bench's Python in the sites folder: answer ERPNext's setup wizard on a new site.

usage: site_wizard.py <site>
"""

from __future__ import annotations

import sys
from datetime import date

COMPANY = "Тестовая торговля"
COMPANY_ABBR = "ТТ"
FIRST_FISCAL_YEAR = 2024
YEARS_AHEAD = 3


def main(site: str) -> None:
	import frappe

	frappe.init(site=site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		complete()
		frappe.db.commit()  # no request ends here that would do it
	finally:
		frappe.destroy()


def complete() -> None:
	"""A Russian trading company, the desk in English, and a fiscal year for every date a test may use."""
	import frappe
	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

	year = date.today().year
	setup_complete(
		{
			"language": "English",
			"country": "Russian Federation",
			"timezone": "Europe/Moscow",
			"currency": "RUB",
			"company_name": COMPANY,
			"company_abbr": COMPANY_ABBR,
			"chart_of_accounts": "Standard",
			"fy_start_date": f"{year}-01-01",
			"fy_end_date": f"{year}-12-31",
			"bank_account": "Расчётный счёт",
			"setup_demo": 0,
		}
	)
	for other in range(FIRST_FISCAL_YEAR, year + YEARS_AHEAD + 1):
		if not frappe.db.exists("Fiscal Year", str(other)):
			frappe.get_doc(
				doctype="Fiscal Year",
				year=str(other),
				year_start_date=f"{other}-01-01",
				year_end_date=f"{other}-12-31",
			).insert()
	settings = frappe.get_single("System Settings")
	settings.enable_onboarding = 1
	settings.save()


if __name__ == "__main__":
	main(sys.argv[1])
