"""What a safe expression of a trigger may say. The list is of what is allowed; all else is refused.

Frappe's `safe_eval` evaluates it afterwards, in its own sandbox: two fences, for expressions run inside saves.
"""

from __future__ import annotations

import ast

from crm_marketplace.integrations.errors import _

NAMES = frozenset({"doc", "old", "changed", "given", "user", "now", "today", "True", "False", "None"})
FUNCTIONS = frozenset(
	{"len", "abs", "min", "max", "sum", "round", "int", "float", "str", "any", "all", "bool"}
)
METHODS = frozenset({"lower", "upper", "strip", "startswith", "endswith", "get", "count", "weekday", "date"})
_NODES = (
	ast.Expression,
	ast.BoolOp,
	ast.And,
	ast.Or,
	ast.UnaryOp,
	ast.Not,
	ast.USub,
	ast.UAdd,
	ast.BinOp,
	ast.Add,
	ast.Sub,
	ast.Mult,
	ast.Div,
	ast.FloorDiv,
	ast.Mod,
	ast.Compare,
	ast.Eq,
	ast.NotEq,
	ast.Lt,
	ast.LtE,
	ast.Gt,
	ast.GtE,
	ast.In,
	ast.NotIn,
	ast.Is,
	ast.IsNot,
	ast.IfExp,
	ast.Constant,
	ast.Name,
	ast.Load,
	ast.Store,
	ast.Attribute,
	ast.Subscript,
	ast.Slice,
	ast.Call,
	ast.List,
	ast.Tuple,
	ast.Set,
	ast.GeneratorExp,
	ast.ListComp,
	ast.comprehension,
)


class BadExpression(ValueError):
	"""An expression that is refused. `args`: the sentence and its values."""


def check_expression(text: str) -> None:
	"""Raises BadExpression for what an expression may not say: imports, calls of unknown functions, `_` names."""
	try:
		tree = ast.parse(text.strip(), mode="eval")
	except (SyntaxError, ValueError) as error:
		raise BadExpression(_("The expression cannot be read: {0}"), str(error)) from error
	comprehensions = [node for node in ast.walk(tree) if isinstance(node, ast.comprehension)]
	if len(comprehensions) > 1:
		raise BadExpression(_("The expression has a loop within a loop."))
	own = {name.id for part in comprehensions for name in ast.walk(part.target) if isinstance(name, ast.Name)}
	for node in ast.walk(tree):
		_check(node, own)


def _check(node: ast.AST, own: set[str]) -> None:
	if not isinstance(node, _NODES):
		raise BadExpression(_("The expression may not use “{0}”."), type(node).__name__)
	if isinstance(node, ast.Name) and node.id not in NAMES | FUNCTIONS | own:
		raise BadExpression(_("The expression may not use “{0}”."), node.id)
	if isinstance(node, ast.Name) and node.id.startswith("_"):
		raise BadExpression(_("The expression may not use “{0}”."), node.id)
	if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
		raise BadExpression(_("The expression may not use “{0}”."), node.attr)
	if isinstance(node, ast.Call):
		called = node.func
		if isinstance(called, ast.Name) and called.id in FUNCTIONS:
			return
		if isinstance(called, ast.Attribute) and called.attr in METHODS:
			return
		raise BadExpression(_("The expression may not use “{0}”."), ast.unparse(called))
	if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Mod):
		# "a" * 10**9 and "%9999999999d" % 1 fill the memory; numbers and fields do not.
		for side in (node.left, node.right):
			if isinstance(side, ast.List | ast.Tuple) or (
				isinstance(side, ast.Constant) and isinstance(side.value, str | bytes)
			):
				raise BadExpression(_("The expression may not use “{0}”."), ast.unparse(node))
