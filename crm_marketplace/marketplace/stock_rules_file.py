"""Stock rules as a table in a file: CSV (as people save it in Excel, too) or XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zipfile import BadZipFile

import frappe
import openpyxl
from frappe import _
from openpyxl.utils.exceptions import InvalidFileException

COLUMNS = ("shop", "offer_id", "buffer", "share", "maximum", "stop_at", "publish", "priority")
MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 200_000
ENCODINGS = ("utf-8-sig", "cp1251")  # what Excel saves in Russia
DELIMITERS = ",;\t"
WIDTHS = (28, 24, 10, 10, 10, 10, 10, 10)
# A cell that begins like this is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cells = dict[str, Any]


def read(name: str, content: bytes) -> Iterator[tuple[int, Cells]]:
	"""Rows of a file as (number in the file, column → value); empty ones are left out.

	Raises:
		frappe.ValidationError: not such a file, or a column is missing.
	"""
	if len(content) > MOST_BYTES:
		frappe.throw(_("The file is larger than {0} MB.").format(MOST_BYTES // 1024 // 1024))
	rows = _xlsx(content) if name.lower().endswith(".xlsx") else _csv(content)
	names = _header(next(rows, ()))
	for number, row in enumerate(rows, start=2):
		if number - 1 > MOST_ROWS:
			frappe.throw(_("The file has more than {0} rows.").format(MOST_ROWS))
		cells = {name: _text(value) for name, value in zip(names, row, strict=False) if name}
		if any(cells.values()):
			yield number, cells


def write_csv(rows: Iterable[Sequence[Any]]) -> bytes:
	"""A table with our header that Excel opens as it is: with a byte order mark and semicolons."""
	text = io.StringIO()
	writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
	writer.writerow(COLUMNS)
	writer.writerows([_harmless(value) for value in row] for row in rows)
	return text.getvalue().encode("utf-8-sig")


def write_xlsx(rows: Iterable[Sequence[Any]], notes: Sequence[str] = ()) -> bytes:
	"""The same as a workbook; `notes` come on a sheet of their own."""
	book = openpyxl.Workbook()
	sheet = book.active
	sheet.title = "stock rules"
	sheet.append(COLUMNS)
	for row in rows:
		sheet.append([_harmless(value) for value in row])
	sheet.freeze_panes = "A2"
	for letter, width in zip("ABCDEFGH", WIDTHS, strict=True):
		sheet.column_dimensions[letter].width = width
	for cell in sheet[1]:
		cell.font = openpyxl.styles.Font(bold=True)
	if notes:
		explained = book.create_sheet("notes")
		explained.column_dimensions["A"].width = 110
		for note in notes:
			explained.append([note])
	content = io.BytesIO()
	book.save(content)
	return content.getvalue()


# --- inside ----------------------------------------------------------------------------------------


def _xlsx(content: bytes) -> Iterator[Sequence[Any]]:
	try:
		book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
	except (BadZipFile, InvalidFileException, KeyError, ValueError):
		frappe.throw(_("This is not an XLSX file."))
	yield from book.worksheets[0].iter_rows(values_only=True)


def _csv(content: bytes) -> Iterator[Sequence[Any]]:
	for encoding in ENCODINGS:
		try:
			text = content.decode(encoding)
			break
		except UnicodeDecodeError:
			continue
	else:
		frappe.throw(_("This is not a CSV file in UTF-8 or Windows-1251."))
	header = text.partition("\n")[0]
	delimiter = max(DELIMITERS, key=header.count)
	try:
		yield from csv.reader(io.StringIO(text), delimiter=delimiter)
	except csv.Error:
		frappe.throw(_("This is not a CSV file in UTF-8 or Windows-1251."))


def _header(row: Sequence[Any]) -> list[str | None]:
	"""Our column for each of the file's, None for one that is not ours."""
	known = _spellings()
	names = [known.get(_text(cell).casefold()) for cell in row]
	missing = [name for name in ("shop", "offer_id") if name not in names]
	if missing:
		frappe.throw(
			_("The first row must name the columns. Missing: {0}. Download the template to see them.").format(
				", ".join(missing)
			)
		)
	return names


def _spellings() -> dict[str, str]:
	"""What a column may be called → its name: as in the template, or as the desk calls it."""
	labels = {
		"shop": _("Shop"),
		"offer_id": _("Offer ID"),
		"buffer": _("Keep Back (buffer)"),
		"share": _("Share", context="Marketplace Listing"),
		"maximum": _("Publish at Most"),
		"stop_at": _("Stop At"),
		"publish": _("Publish stock"),
	}
	return {name: name for name in COLUMNS} | {label.casefold(): name for name, label in labels.items()}


def _text(value: Any) -> str:
	"""A cell as text; whole numbers without the ".0" spreadsheets give them."""
	if value is None:
		return ""
	if isinstance(value, bool):
		return "1" if value else "0"
	if isinstance(value, float) and value.is_integer():
		return str(int(value))
	text = str(value).strip()
	return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def _harmless(value: Any) -> Any:
	"""A value no spreadsheet takes for a formula; `_text` takes the apostrophe off again."""
	if isinstance(value, float) and value.is_integer():
		return int(value)
	return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
