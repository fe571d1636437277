"""Ozon (https://seller.ozon.ru), spoken to through its Seller API.

Written against the specification of 14 August 2026 (OpenAPI document 2.1) and the vendor's changelog up to
28 September 2026. Versions are per method there and change every few weeks: `endpoints.py` holds them all.

What belongs together at Ozon: a buyer's order (`order_number`) has one or more postings
(`posting_number`); the posting is the unit of work and is what we call an order. A card has the seller's
own article (`offer_id`, may be renamed), the card's id (`product_id`, never changes, our `external_id`) and
the id of the sellable unit (`sku`, which postings carry).
"""
