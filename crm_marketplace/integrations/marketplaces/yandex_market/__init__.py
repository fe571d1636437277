"""Yandex Market (https://partner.market.yandex.ru), spoken to through its Partner API.

Written against the specification of 19 August 2026. Versions are per method there (`/v1`, `/v2`, `/v3`):
`endpoints.py` holds them all.

What belongs together at Yandex Market: a cabinet (business, `businessId`) has several shops (campaigns,
`campaignId`), each with one way of working (`placementType`). One key opens one cabinet with all its shops.
A shop of ours is one campaign; without `campaign_id` it is the whole cabinet, all campaigns taken together.
The catalogue, base prices and the stock of warehouses belong to the cabinet, orders to a campaign. A card is
known by the seller's own article (`offerId`), which is our `external_id` of a listing too.
"""
