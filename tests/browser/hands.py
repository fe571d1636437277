"""What a user's hands do on the desk: open, click, type, choose, save. Waits for what is seen, never for a time."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, unquote

from playwright.sync_api import Locator, Page, expect

# A background run may take its time on a busy machine.
RUN_TIMEOUT = 120_000


class Hands:
	def __init__(self, page: Page) -> None:
		self.page = page

	# going somewhere

	def open(self, path: str) -> None:
		self.page.goto(f"/app/{path}")
		self.page.wait_for_function("window.frappe?.router?.current_route?.length")
		self.page.wait_for_load_state("networkidle")

	def go(self, path: str) -> None:
		"""To another page of the desk that is open, as a click on a link in it does: much quicker than `open`."""
		path, _mark, query = path.partition("?")
		self.page.evaluate(
			"""([path, options]) => {
				frappe.route_options = Object.keys(options).length ? options : null;
				return frappe.set_route(path.split("/"));
			}""",
			[unquote(path), dict(parse_qsl(query))],
		)
		self.settle()

	def settle(self) -> None:
		"""Until the desk has asked for nothing for a moment."""
		self.page.evaluate("window.quiet_since = null")
		self.page.wait_for_function(
			"""() => {
				const busy = frappe.request.ajax_count > 0 || document.querySelector("#freeze:not(.hide)");
				if (busy || !window.quiet_since) window.quiet_since = busy ? null : performance.now();
				return window.quiet_since && performance.now() - window.quiet_since > 300;
			}"""
		)

	def open_form(self, doctype: str, name: str) -> None:
		self.open(f"{doctype.lower().replace(' ', '-')}/{quote(name, safe='')}")
		self.page.wait_for_function("name => window.cur_frm && cur_frm.doc.name === name", arg=name)

	def tab(self, label: str) -> None:
		self.page.locator(".form-tabs .nav-link:visible", has_text=label).click()

	# forms

	def field(self, fieldname: str) -> Locator:
		return self.page.locator(f".form-layout .frappe-control[data-fieldname={fieldname}]:visible").first

	def type(self, fieldname: str, text: str) -> None:
		self.field(fieldname).locator("input, textarea").first.fill(text)

	def choose(self, fieldname: str, value: str) -> None:
		self.field(fieldname).locator("select").select_option(value)

	def save(self) -> None:
		"""By keyboard: Frappe redraws its Save button when a field is left, and loses a click in that moment."""
		self.page.keyboard.press("Control+s")
		self.page.wait_for_function("cur_frm && !cur_frm.is_dirty() && !cur_frm.is_new()")

	def button(self, label: str) -> Locator:
		return self.page.locator(".page-actions, .standard-actions, .custom-actions").get_by_role(
			"button", name=label, exact=True
		)

	# dialogs

	@property
	def dialog(self) -> Locator:
		return self.page.locator(".modal.show .modal-dialog:visible").last

	def close_dialog(self) -> None:
		dialog = self.dialog
		dialog.locator(".btn-modal-close").click()
		expect(dialog).to_be_hidden()

	def choose_link(self, control: Locator, value: str) -> None:
		"""Type into a link field and take what the desk offers."""
		box = control.locator("input").first
		box.click()
		box.fill(value)
		self.page.locator(".awesomplete [role=option]:visible", has_text=value).first.click()
		expect(box).to_have_value(value)

	# grids

	def grid_cell(self, table: str, row: int, fieldname: str) -> Locator:
		return self.page.locator(
			f"[data-fieldname={table}] .grid-body .grid-row[data-idx='{row}'] [data-fieldname={fieldname}]"
		).first

	# what the desk says

	def wait_for_alert(self, text: str) -> None:
		self.page.locator(".desk-alert", has_text=text).first.wait_for()
