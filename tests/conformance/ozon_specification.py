"""Ozon's document as a judge, and where Ozon departs from it."""

from tests.conformance.specification import Deviations, Specification, Specifications

_SELLER_API = Specification(
	"ozon/swagger.json",
	Deviations(
		optional={
			# "Для избежания неоднозначности используйте только один из параметров" (offer_id, product_id).
			"/v2/products/stocks": frozenset({"product_id", "quant_size"}),
		},
		added={
			# News of 24 September 2026: takes the place of `total`, which is switched off on 23 November.
			"/v3/product/list": frozenset({"total_items"}),
			"/v4/product/info/stocks": frozenset({"total_items"}),
			"/v5/product/info/prices": frozenset({"total_items"}),
			# In the example of the document itself, not in its schema.
			"/v3/posting/fbs/get": frozenset(
				{"destination_place_id", "destination_place_name", "is_click_and_collect", "is_presortable"}
			),
			# A list in the example of the document itself, one object in its schema.
			"/v2/returns/rfbs/list": frozenset({"returns"}),
		},
	),
)
# The methods of labels that came in September 2026; the document is of August.
_LABELS = Specification(
	"ozon/supplement-labels-2026-09.json",
	Deviations(
		refusal={  # rpcStatus
			"type": "object",
			"properties": {
				"code": {"type": "integer"},
				"message": {"type": "string"},
				"details": {"type": "array"},
			},
			"required": ["code", "message"],
			"additionalProperties": False,
		}
	),
)
OZON = Specifications(_SELLER_API, _LABELS)
