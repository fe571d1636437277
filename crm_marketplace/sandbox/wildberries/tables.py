"""Tables of a Wildberries shop. Sums of tasks are kopecks, prices whole roubles, moments microseconds since
1970 (UTC).
"""

from __future__ import annotations

SCHEMA = """
CREATE TABLE api_key (
	token TEXT PRIMARY KEY,
	rights INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE warehouse (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	office_id INTEGER NOT NULL,
	cargo_type INTEGER NOT NULL,
	delivery_type INTEGER NOT NULL,
	is_deleting INTEGER NOT NULL,
	is_processing INTEGER NOT NULL
);

CREATE TABLE card (
	nm_id INTEGER PRIMARY KEY,
	imt_id INTEGER NOT NULL,
	vendor_code TEXT NOT NULL,
	title TEXT NOT NULL,
	brand TEXT NOT NULL,
	colour TEXT NOT NULL,
	subject_id INTEGER NOT NULL,
	subject TEXT NOT NULL,
	cargo_type INTEGER NOT NULL,
	is_marked INTEGER NOT NULL,
	size TEXT NOT NULL,
	weight INTEGER NOT NULL,
	discount INTEGER NOT NULL,
	sizes_priced INTEGER NOT NULL,
	held_price INTEGER,
	held_discount INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	trashed_at INTEGER
);
CREATE INDEX card_by_change ON card (updated_at, nm_id);
CREATE INDEX card_by_bin ON card (trashed_at, nm_id);

CREATE TABLE size (
	chrt_id INTEGER PRIMARY KEY,
	nm_id INTEGER NOT NULL,
	offer_id TEXT NOT NULL UNIQUE,
	tech_size TEXT NOT NULL,
	skus TEXT NOT NULL,
	price INTEGER NOT NULL
);
CREATE INDEX size_of_card ON size (nm_id);

CREATE TABLE stock (
	chrt_id INTEGER NOT NULL,
	warehouse_id INTEGER NOT NULL,
	amount INTEGER NOT NULL,
	reserved INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (chrt_id, warehouse_id)
) WITHOUT ROWID;

CREATE TABLE task (
	id INTEGER PRIMARY KEY,
	srid TEXT NOT NULL UNIQUE,
	basket TEXT NOT NULL,
	model TEXT NOT NULL,
	supplier_status TEXT NOT NULL,
	wb_status TEXT NOT NULL,
	cancel_type TEXT NOT NULL DEFAULT '',
	chrt_id INTEGER NOT NULL,
	warehouse_id INTEGER NOT NULL,
	price INTEGER NOT NULL,
	sale_price INTEGER NOT NULL,
	buyer TEXT NOT NULL,
	firm TEXT,
	to_pickup_point INTEGER NOT NULL DEFAULT 0,
	needs_declaration INTEGER NOT NULL DEFAULT 0,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	moves_at INTEGER
);
CREATE INDEX task_by_creation ON task (created_at, id);
CREATE INDEX task_by_change ON task (changed_at, id);
CREATE INDEX task_by_status ON task (model, supplier_status, wb_status);
CREATE INDEX task_that_moves ON task (moves_at) WHERE moves_at IS NOT NULL;

CREATE TABLE item_return (
	id INTEGER PRIMARY KEY,
	srid TEXT NOT NULL UNIQUE,
	task_id INTEGER NOT NULL UNIQUE,
	kind TEXT NOT NULL,
	state TEXT NOT NULL,
	ordered_at INTEGER NOT NULL,
	ready_at INTEGER,
	expires_at INTEGER,
	completed_at INTEGER,
	moves_at INTEGER
);
CREATE INDEX item_return_by_day ON item_return (ordered_at, id);
CREATE INDEX item_return_that_moves ON item_return (moves_at) WHERE moves_at IS NOT NULL;

CREATE TABLE claim (
	id INTEGER PRIMARY KEY,
	claim_id TEXT NOT NULL UNIQUE,
	task_id INTEGER NOT NULL,
	comment TEXT NOT NULL,
	state TEXT NOT NULL,
	asked_at INTEGER NOT NULL,
	decided_at INTEGER,
	moves_at INTEGER
);
CREATE INDEX claim_by_time ON claim (asked_at, id);
CREATE INDEX claim_that_moves ON claim (moves_at) WHERE moves_at IS NOT NULL;

CREATE TABLE review (
	id INTEGER PRIMARY KEY,
	review_id TEXT NOT NULL UNIQUE,
	chrt_id INTEGER NOT NULL,
	rating INTEGER NOT NULL,
	text TEXT NOT NULL,
	author TEXT NOT NULL,
	answer TEXT,
	answer_state TEXT NOT NULL DEFAULT '',
	edits INTEGER NOT NULL DEFAULT 0,
	created_at INTEGER NOT NULL
);
CREATE INDEX review_by_time ON review (created_at, id);

CREATE TABLE upload (
	id INTEGER PRIMARY KEY,
	digest TEXT NOT NULL,
	looks INTEGER NOT NULL,
	status INTEGER NOT NULL,
	made_at INTEGER NOT NULL
);

CREATE TABLE upload_row (
	upload_id INTEGER NOT NULL,
	place INTEGER NOT NULL,
	nm_id INTEGER NOT NULL,
	chrt_id INTEGER,
	price INTEGER,
	discount INTEGER,
	status INTEGER NOT NULL DEFAULT 1,
	error TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (upload_id, place)
) WITHOUT ROWID;
"""
