from __future__ import annotations

from frappe.model.document import Document

from crm_marketplace.triggers import definition, rights
from crm_marketplace.triggers.engine import index


class Trigger(Document):
	def validate(self) -> None:
		definition.complete(self)
		rights.check(self)
		definition.check(self)

	def before_save(self) -> None:
		index.changed()  # before anything is written: nobody keeps what may be rolled back
		definition.begin_clock(self)
		definition.make_secrets(self)

	def on_update(self) -> None:
		index.changed()
		definition.follow_up(self)

	def on_trash(self) -> None:
		definition.forget_logs(self.name)
		index.changed()
