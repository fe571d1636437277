"""Tables of an Ozon shop. Sums are kopecks, moments microseconds since 1970 (UTC)."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE api_key (
	api_key TEXT PRIMARY KEY,
	without TEXT NOT NULL,
	expires_at INTEGER NOT NULL,
	revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE warehouse (
	warehouse_id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	status TEXT NOT NULL,
	scheme TEXT NOT NULL,
	is_kgt INTEGER NOT NULL,
	first_mile TEXT NOT NULL,
	address TEXT NOT NULL,
	created_at INTEGER NOT NULL
);

CREATE TABLE delivery_method (
	id INTEGER PRIMARY KEY,
	warehouse_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	status TEXT NOT NULL,
	provider_id INTEGER NOT NULL,
	provider TEXT NOT NULL,
	flow TEXT NOT NULL,
	cutoff TEXT NOT NULL,
	created_at INTEGER NOT NULL
);

CREATE TABLE listing (
	product_id INTEGER PRIMARY KEY,
	offer_id TEXT NOT NULL UNIQUE,
	sku INTEGER NOT NULL,
	name TEXT NOT NULL,
	barcodes TEXT NOT NULL,
	colour TEXT NOT NULL,
	price INTEGER NOT NULL,
	old_price INTEGER NOT NULL,
	min_price INTEGER NOT NULL,
	net_price INTEGER NOT NULL,
	vat TEXT NOT NULL,
	state TEXT NOT NULL,
	archived INTEGER NOT NULL,
	is_kgt INTEGER NOT NULL,
	is_marked INTEGER NOT NULL,
	weight INTEGER NOT NULL,
	height INTEGER NOT NULL,
	width INTEGER NOT NULL,
	depth INTEGER NOT NULL,
	model_id INTEGER NOT NULL,
	model_count INTEGER NOT NULL,
	category_id INTEGER NOT NULL,
	type_id INTEGER NOT NULL,
	commission INTEGER NOT NULL,
	fbo_present INTEGER NOT NULL,
	fbo_reserved INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	price_hour INTEGER NOT NULL DEFAULT 0,
	price_changes INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX listing_sku ON listing (sku);

CREATE TABLE stock (
	product_id INTEGER NOT NULL,
	warehouse_id INTEGER NOT NULL,
	present INTEGER NOT NULL,
	reserved INTEGER NOT NULL,
	pushed_at INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (product_id, warehouse_id)
) WITHOUT ROWID;

CREATE TABLE posting (
	id INTEGER PRIMARY KEY,
	posting_number TEXT NOT NULL UNIQUE,
	order_id INTEGER NOT NULL,
	order_number TEXT NOT NULL,
	parent TEXT NOT NULL DEFAULT '',
	scheme TEXT NOT NULL,
	flow TEXT NOT NULL,
	status TEXT NOT NULL,
	substatus TEXT NOT NULL,
	previous_substatus TEXT NOT NULL DEFAULT '',
	created_at INTEGER NOT NULL,
	in_process_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	shipment_at INTEGER NOT NULL,
	deadline_at INTEGER NOT NULL,
	delivering_at INTEGER,
	delivered_at INTEGER,
	moves_at INTEGER,
	warehouse_id INTEGER NOT NULL,
	delivery_method_id INTEGER NOT NULL,
	tracking_number TEXT NOT NULL DEFAULT '',
	is_multibox INTEGER NOT NULL DEFAULT 0,
	boxes INTEGER NOT NULL DEFAULT 1,
	payment TEXT NOT NULL,
	buyer TEXT NOT NULL,
	firm TEXT,
	cancel_reason_id INTEGER NOT NULL DEFAULT 0,
	cancel_reason TEXT NOT NULL DEFAULT '',
	cancel_type TEXT NOT NULL DEFAULT '',
	cancel_initiator TEXT NOT NULL DEFAULT '',
	cancelled_after_ship INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX posting_by_process ON posting (in_process_at, id);
CREATE INDEX posting_by_creation ON posting (created_at, id);
CREATE INDEX posting_by_change ON posting (changed_at);
CREATE INDEX posting_by_shipment ON posting (shipment_at, in_process_at, id);
CREATE INDEX posting_by_order ON posting (order_number);
CREATE INDEX posting_that_moves ON posting (moves_at) WHERE moves_at IS NOT NULL;

CREATE TABLE posting_line (
	posting_id INTEGER NOT NULL,
	place INTEGER NOT NULL,
	product_id INTEGER NOT NULL,
	sku INTEGER NOT NULL,
	offer_id TEXT NOT NULL,
	name TEXT NOT NULL,
	colour TEXT NOT NULL,
	quantity INTEGER NOT NULL,
	price INTEGER NOT NULL,
	old_price INTEGER NOT NULL,
	customer_price INTEGER NOT NULL,
	commission INTEGER NOT NULL,
	weight INTEGER NOT NULL,
	is_marked INTEGER NOT NULL,
	PRIMARY KEY (posting_id, place)
) WITHOUT ROWID;

CREATE TABLE label_task (
	id INTEGER PRIMARY KEY,
	size TEXT NOT NULL,
	postings TEXT NOT NULL,
	looks INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE goods_return (
	id INTEGER PRIMARY KEY,
	posting_id INTEGER NOT NULL,
	place INTEGER NOT NULL,
	scheme TEXT NOT NULL,
	type TEXT NOT NULL,
	reason TEXT NOT NULL,
	quantity INTEGER NOT NULL,
	status TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	arrived_at INTEGER,
	final_at INTEGER,
	moves_at INTEGER
);
CREATE INDEX return_by_change ON goods_return (changed_at);
CREATE INDEX return_by_posting ON goods_return (posting_id, place);
CREATE INDEX return_that_moves ON goods_return (moves_at) WHERE moves_at IS NOT NULL;

CREATE TABLE review (
	number INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	sku INTEGER NOT NULL,
	offer_id TEXT NOT NULL,
	order_status TEXT NOT NULL,
	rating INTEGER NOT NULL,
	text TEXT NOT NULL,
	status TEXT NOT NULL,
	published_at INTEGER NOT NULL,
	photos INTEGER NOT NULL
);
CREATE INDEX review_by_time ON review (published_at, number);

CREATE TABLE review_comment (
	number INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	review_id TEXT NOT NULL,
	parent_id TEXT NOT NULL,
	text TEXT NOT NULL,
	is_owner INTEGER NOT NULL,
	published_at INTEGER NOT NULL
);
CREATE INDEX comment_by_review ON review_comment (review_id, number);
"""
