"""Tables of a Yandex Market cabinet. Sums are kopecks, moments microseconds since 1970 (UTC)."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE api_key (
	api_key TEXT PRIMARY KEY,
	scopes TEXT NOT NULL,
	expires_at INTEGER NOT NULL,
	revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE campaign (
	id INTEGER PRIMARY KEY,
	domain TEXT NOT NULL,
	placement TEXT NOT NULL,
	program TEXT NOT NULL,
	availability TEXT NOT NULL
);

CREATE TABLE warehouse (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	address TEXT NOT NULL,
	campaign_id INTEGER NOT NULL,
	group_id INTEGER,
	is_on INTEGER NOT NULL
);

CREATE TABLE model (
	warehouse_id INTEGER NOT NULL,
	place INTEGER NOT NULL,
	program TEXT NOT NULL,
	availability TEXT NOT NULL,
	PRIMARY KEY (warehouse_id, place)
) WITHOUT ROWID;

CREATE TABLE offer (
	id INTEGER PRIMARY KEY,
	offer_id TEXT NOT NULL UNIQUE,
	market_sku INTEGER NOT NULL,
	name TEXT NOT NULL,
	barcodes TEXT NOT NULL,
	vendor TEXT NOT NULL,
	price INTEGER NOT NULL,
	valid_price INTEGER NOT NULL,
	discount_base INTEGER NOT NULL,
	minimum INTEGER NOT NULL,
	vat TEXT NOT NULL,
	state TEXT NOT NULL,
	archived INTEGER NOT NULL,
	is_marked INTEGER NOT NULL,
	weight INTEGER NOT NULL,
	length INTEGER NOT NULL,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	family INTEGER NOT NULL,
	fby_present INTEGER NOT NULL,
	fby_reserved INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
);

CREATE TABLE shop_price (
	offer_id TEXT NOT NULL,
	campaign_id INTEGER NOT NULL,
	price INTEGER NOT NULL,
	discount_base INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (campaign_id, offer_id)
) WITHOUT ROWID;

CREATE TABLE stock (
	offer INTEGER NOT NULL,
	warehouse_id INTEGER NOT NULL,
	present INTEGER NOT NULL,
	reserved INTEGER NOT NULL,
	updated_at INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (warehouse_id, offer)
) WITHOUT ROWID;
CREATE INDEX stock_by_offer ON stock (offer);

CREATE TABLE purchase (
	id INTEGER PRIMARY KEY,
	campaign_id INTEGER NOT NULL,
	program TEXT NOT NULL,
	status TEXT NOT NULL,
	substatus TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	ship_at INTEGER NOT NULL,
	delivered_at INTEGER,
	moves_at INTEGER,
	warehouse_id INTEGER NOT NULL,
	payment TEXT NOT NULL,
	delivery_price INTEGER NOT NULL DEFAULT 0,
	delivery_subsidy INTEGER NOT NULL DEFAULT 0,
	boxes TEXT,
	track TEXT NOT NULL DEFAULT '',
	buyer TEXT NOT NULL,
	firm TEXT,
	was_shipped INTEGER NOT NULL DEFAULT 0,
	cancel_requested INTEGER NOT NULL DEFAULT 0,
	fake INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX purchase_by_creation ON purchase (created_at);
CREATE INDEX purchase_by_change ON purchase (changed_at);
CREATE INDEX purchase_that_moves ON purchase (moves_at) WHERE moves_at IS NOT NULL;

CREATE TABLE item (
	id INTEGER PRIMARY KEY,
	purchase_id INTEGER NOT NULL,
	offer INTEGER NOT NULL,
	offer_id TEXT NOT NULL,
	name TEXT NOT NULL,
	count INTEGER NOT NULL,
	payment INTEGER NOT NULL,
	subsidy INTEGER NOT NULL,
	cashback INTEGER NOT NULL,
	vat TEXT NOT NULL,
	is_marked INTEGER NOT NULL
);
CREATE INDEX item_by_purchase ON item (purchase_id, id);

CREATE TABLE goods_return (
	id INTEGER PRIMARY KEY,
	purchase_id INTEGER NOT NULL,
	campaign_id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	shipment TEXT NOT NULL,
	refund TEXT NOT NULL,
	reason TEXT NOT NULL,
	subreason TEXT NOT NULL,
	comment TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	pickup_till INTEGER,
	moves_at INTEGER
);
CREATE INDEX return_by_purchase ON goods_return (purchase_id);
CREATE INDEX return_by_change ON goods_return (campaign_id, changed_at);

CREATE TABLE return_item (
	return_id INTEGER NOT NULL,
	item_id INTEGER NOT NULL,
	offer_id TEXT NOT NULL,
	count INTEGER NOT NULL,
	amount INTEGER NOT NULL,
	PRIMARY KEY (return_id, item_id)
) WITHOUT ROWID;

CREATE TABLE review (
	id INTEGER PRIMARY KEY,
	offer_id TEXT NOT NULL,
	purchase_id INTEGER,
	rating INTEGER NOT NULL,
	text TEXT NOT NULL,
	advantages TEXT NOT NULL,
	disadvantages TEXT NOT NULL,
	author TEXT NOT NULL,
	photos TEXT NOT NULL,
	needs_reaction INTEGER NOT NULL,
	created_at INTEGER NOT NULL
);
CREATE INDEX review_by_creation ON review (created_at, id);

CREATE TABLE review_comment (
	id INTEGER PRIMARY KEY,
	review_id INTEGER NOT NULL,
	parent_id INTEGER,
	author_type TEXT NOT NULL,
	author TEXT NOT NULL,
	text TEXT NOT NULL,
	status TEXT NOT NULL
);
CREATE INDEX comment_by_review ON review_comment (review_id, id);

CREATE TABLE label_file (
	id TEXT PRIMARY KEY,
	purchases TEXT NOT NULL,
	ordered_at INTEGER NOT NULL,
	looks INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""
