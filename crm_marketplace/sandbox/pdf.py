"""Small real PDF files: pages of plain lines, as labels are."""

from __future__ import annotations

from collections.abc import Sequence

_WIDTH, _HEIGHT = 164, 113  # points: 58 × 40 mm, the usual label


def document(pages: Sequence[Sequence[str]]) -> bytes:
	"""A PDF of one label a page.

	Args:
		pages: the lines of each; ASCII. They stand in the file as they are, not compressed.

	Raises:
		ValueError: no page at all, or a character that is not ASCII.
	"""
	if not pages:
		raise ValueError("a document has at least one page")
	# 1: catalogue, 2: list of pages, 3: font; then a page and its content by turns.
	places = [4 + 2 * number for number in range(len(pages))]
	kids = " ".join(f"{place} 0 R" for place in places)
	objects = [
		"<< /Type /Catalog /Pages 2 0 R >>",
		f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [0 0 {_WIDTH} {_HEIGHT}] >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	]
	for place, lines in zip(places, pages, strict=True):
		content = _content(lines)
		resources = "<< /Font << /F1 3 0 R >> >>"
		objects += [
			f"<< /Type /Page /Parent 2 0 R /Resources {resources} /Contents {place + 1} 0 R >>",
			f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
		]
	return _file(objects)


def _content(lines: Sequence[str]) -> str:
	shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
	return f"BT /F1 10 Tf 12 TL 8 {_HEIGHT - 18} Td\n{shown}ET"


def _escaped(line: str) -> str:
	return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(objects: Sequence[str]) -> bytes:
	parts = ["%PDF-1.4\n"]
	offsets = []
	size = len(parts[0])
	for number, text in enumerate(objects, start=1):
		offsets.append(size)
		parts.append(f"{number} 0 obj\n{text}\nendobj\n")
		size += len(parts[-1])
	table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
	parts.append(
		f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
		f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{size}\n%%EOF\n"
	)
	return "".join(parts).encode("ascii")
