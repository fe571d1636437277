"""What a safe expression may say."""

from __future__ import annotations

import pytest

from crm_marketplace.rules.triggers_expression import BadExpression, check_expression


@pytest.mark.parametrize(
	"text",
	[
		"doc.total > 2 * old.total",
		"doc.status == 'Open' and user != doc.owner",
		"any(row.qty > 5 for row in doc.items)",
		"sum([row.qty for row in doc.items]) >= 3",
		"str(doc.date_of_birth)[5:10] == str(today)[5:10]",
		"len(doc.items) if doc.get('items') else False",
		"'status' in changed",
		"doc.title.lower().startswith('vip')",
		"now.weekday() in (5, 6)",
	],
)
def test_allowed(text):
	check_expression(text)


@pytest.mark.parametrize(
	"text",
	[
		"__import__('os').system('id')",
		"import os",
		"open('/etc/passwd').read()",
		"frappe.db.sql('select 1')",
		"doc.__class__",
		"doc.items.__class__.__mro__",
		"().__class__.__bases__",
		"getattr(doc, 'x')",
		"eval('1')",
		"(lambda: 1)()",
		"[x for x in doc.items for y in doc.items]",
		"9 ** 9 ** 9",
		"'a' * 10",
		"'%9999999d' % 1",
		"(x := 1)",
		"doc.delete()",
		"f'{doc.x}'",
		"{}.update(doc)",
		"",
		"doc.status ==",
	],
)
def test_refused(text):
	with pytest.raises(BadExpression):
		check_expression(text)
