"""The control API: `/_sandbox/…` beside the marketplace's own paths, for trainers and tests of another
process. From this machine only.

	GET    /_sandbox                    what is here: shops, clock, counts
	POST   /_sandbox/orders             {shop?, lines?, scheme?, status?, is_company?, boxes?, …} → {order_id}
	POST   /_sandbox/orders/move        {shop?, order_id, status?, substatus?} → {status}
	POST   /_sandbox/orders/cancel      {shop?, order_id, by?, reason?}
	GET    /_sandbox/orders             ?shop&status → {order_ids}
	POST   /_sandbox/returns            {shop?, order_id, offer_id?, quantity?, at?} → {return_id}
	POST   /_sandbox/returns/move       {shop?, return_id, state?} → {state}
	GET    /_sandbox/returns            ?shop&state → {return_ids}
	POST   /_sandbox/reviews            {shop?, offer_id, rating, text?, order_id?, at?} → {review_id}
	GET    /_sandbox/reviews            ?shop → {review_ids}
	GET    /_sandbox/stock              ?shop&offer_id&warehouse_id → {present, reserved, free}
	POST   /_sandbox/stock              {shop?, offer_id, quantity, warehouse_id?}
	POST   /_sandbox/keys               {shop?, without?, lifetime_seconds?} → {credentials}
	POST   /_sandbox/keys/revoke        {shop?, credentials}
	GET    /_sandbox/faults             those that wait
	POST   /_sandbox/faults             {kind, path?, times?, skip?, shop?, seconds?, …}
	DELETE /_sandbox/faults
	GET    /_sandbox/requests           ?path&limit → {counts, requests}
	DELETE /_sandbox/requests
	POST   /_sandbox/clock              {advance: seconds} → {now}
	POST   /_sandbox/reset              everything as at the start

`shop` is a shop's name or number; the first one if not given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crm_marketplace.sandbox.clock import from_micros, parse_rfc3339
from crm_marketplace.sandbox.http import JSON, Refusal, Reply, Request
from crm_marketplace.sandbox.server import is_loopback
from crm_marketplace.sandbox.shop import Shop

if TYPE_CHECKING:
	from crm_marketplace.sandbox.sandbox import Sandbox

PREFIX = "/_sandbox"


class Control:
	def __init__(self, sandbox: Sandbox) -> None:
		self.sandbox = sandbox
		self._commands: Mapping[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
			("GET", ""): lambda data: self.sandbox.describe(),
			("GET", "/orders"): self._orders,
			("POST", "/orders"): self._create_order,
			("POST", "/orders/move"): self._move_order,
			("POST", "/orders/cancel"): self._cancel_order,
			("GET", "/returns"): self._returns,
			("POST", "/returns"): self._create_return,
			("POST", "/returns/move"): lambda data: {"state": self._shop(data).move_return(**data)},
			("GET", "/reviews"): lambda data: {"review_ids": self._shop(data).review_ids()},
			("POST", "/reviews"): self._create_review,
			("GET", "/stock"): lambda data: self._shop(data).stock(**data),
			("POST", "/stock"): lambda data: self._shop(data).set_stock(**data),
			("POST", "/keys"): self._make_key,
			("POST", "/keys/revoke"): lambda data: self._shop(data).revoke_key(data["credentials"]),
			("GET", "/faults"): lambda data: [asdict(fault) for fault in self.sandbox.faults.waiting()],
			("POST", "/faults"): self._add_fault,
			("DELETE", "/faults"): lambda data: self.sandbox.faults.clear(),
			("GET", "/requests"): self._requests,
			("DELETE", "/requests"): lambda data: self.sandbox.journal.clear(),
			("POST", "/clock"): self._move_clock,
			("POST", "/reset"): lambda data: self.sandbox.reset(),
		}

	def handle(self, request: Request) -> Reply:
		try:
			self._admit(request)
			command = self._commands.get((request.method, request.path[len(PREFIX) :].rstrip("/")))
			if command is None:
				raise Refusal(404, {"error": f"no such command: {request.method} {request.path}"})
			return Reply.of({"result": command(_arguments(request))})
		except Refusal as refusal:
			return refusal.reply()
		except KeyError as error:
			return Reply.of({"error": f"missing or unknown: {error}"}, 400)
		except LookupError as error:
			return Reply.of({"error": str(error)}, 404)
		except (ValueError, TypeError) as error:
			return Reply.of({"error": str(error)}, 400)

	def _admit(self, request: Request) -> None:
		# A page open in this machine's browser must not reach it either: a foreign host name (rebinding)
		# is refused, and JSON from another origin needs a preflight, which we never answer.
		host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
		if not is_loopback(request.client) or not is_loopback(host):
			raise Refusal(403, {"error": "only from the machine the sandbox runs on"})
		is_json = request.headers.get("Content-Type", "").partition(";")[0].strip() == JSON
		if request.method == "POST" and not is_json:
			raise Refusal(415, {"error": f"Content-Type must be {JSON}"})

	def _shop(self, data: dict[str, Any]) -> Shop:
		return self.sandbox.shop_named(data.pop("shop", None))

	def _orders(self, data: dict[str, Any]) -> Any:
		shop = self._shop(data)
		return {"order_ids": shop.order_ids(*filter(None, [data.get("status")]), scheme=data.get("scheme"))}

	def _create_order(self, data: dict[str, Any]) -> Any:
		return {"order_id": self._shop(data).create_order(**_with_moment(data))}

	def _move_order(self, data: dict[str, Any]) -> Any:
		return {"status": self._shop(data).move_order(**data)}

	def _cancel_order(self, data: dict[str, Any]) -> Any:
		return self._shop(data).cancel_order(data.pop("order_id"), **data)

	def _returns(self, data: dict[str, Any]) -> Any:
		return {"return_ids": self._shop(data).return_ids(*filter(None, [data.get("state")]))}

	def _create_return(self, data: dict[str, Any]) -> Any:
		return {"return_id": self._shop(data).create_return(**_with_moment(data))}

	def _create_review(self, data: dict[str, Any]) -> Any:
		return {"review_id": self._shop(data).create_review(**_with_moment(data))}

	def _make_key(self, data: dict[str, Any]) -> Any:
		shop = self._shop(data)
		lifetime = timedelta(seconds=float(data.get("lifetime_seconds", 90 * 86400)))
		return {"credentials": shop.make_key(without=data.get("without", ()), lifetime=lifetime)}

	def _add_fault(self, data: dict[str, Any]) -> Any:
		if "shop" in data:
			data["shop"] = self.sandbox.shop_named(data["shop"]).name
		return asdict(self.sandbox.faults.add(data.pop("kind"), **data))

	def _requests(self, data: dict[str, Any]) -> Any:
		return self.sandbox.journal.as_data(data.get("path", "*"), int(data.get("limit", 100)))

	def _move_clock(self, data: dict[str, Any]) -> Any:
		return {"now": self.sandbox.advance(float(data["advance"])).isoformat()}


def _with_moment(data: dict[str, Any]) -> dict[str, Any]:
	return {**data, "at": from_micros(parse_rfc3339(data["at"]))} if data.get("at") else data


def _arguments(request: Request) -> dict[str, Any]:
	if request.method == "GET":
		return dict(request.query)
	if not request.body.strip():
		return {}
	data = json.loads(request.body)
	if not isinstance(data, dict):
		raise ValueError("the body must be a JSON object")
	return data
