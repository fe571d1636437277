"""Wildberries (https://seller.wildberries.ru), spoken to through the WB API.

Written against the specifications of 17 August 2026 and the vendor's release notes up to 24 October 2026.
The API has a host per family of methods; `endpoints.py` holds them all.

What belongs together at Wildberries: a card (`nmID`, one colour) has sizes (`chrtID`), and the size is what
is sold: it is our listing. The seller's article (`vendorCode`) is the card's. A buyer's basket (`orderUid`)
becomes one assembly task (сборочное задание) per unit; the task is what we call an order. Of goods that lie
in the marketplace's own warehouses (FBW, to us FBO) there are no tasks: the order feed tells of them.

Nobody tells which tasks changed: new ones are listed, and known ones are asked for (`refresh_orders`).
"""
