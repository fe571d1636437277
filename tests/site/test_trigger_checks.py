"""What a trigger that is on may not leave blank."""

from __future__ import annotations

import frappe
import pytest

from tests.site import triggers
from tests.site.triggers import comment, comments, logs, make, run, todo

pytestmark = pytest.mark.usefixtures("no_triggers")


@pytest.mark.parametrize("minutes", [None, 0])
def test_a_repetition_says_after_how_long(site, minutes):
	with pytest.raises(frappe.ValidationError, match="after how long"):
		make("Created", "ToDo", comment(), repeat_times=3, repeat_minutes=minutes)
	half_finished = make("Created", "ToDo", comment(), repeat_times=3, repeat_minutes=minutes, enabled=0)
	half_finished.enabled = 1
	with pytest.raises(frappe.ValidationError, match="after how long"):
		half_finished.save()
	half_finished.reload()
	half_finished.update({"enabled": 1, "repeat_minutes": 60})
	half_finished.save()


@pytest.mark.parametrize("hours", [{"quiet_from": "22:00"}, {"quiet_to": "08:00"}])
def test_quiet_hours_have_two_ends(site, hours):
	with pytest.raises(frappe.ValidationError, match="from when and until when"):
		make("Created", "ToDo", comment(), **hours)
	make("Created", "ToDo", comment(), **hours, enabled=0)
	make("Created", "ToDo", comment(), quiet_from="22:00", quiet_to="08:00")


def test_a_rule_of_old_without_a_pause_does_not_write_every_minute(site):
	rule = make("Created", "ToDo", comment("once"), repeat_times=3, repeat_minutes=60)
	frappe.db.set_value("Trigger", rule.name, "repeat_minutes", 0)
	doc = todo()
	for _turn in range(3):
		run()
		triggers.make_due()
	assert comments(doc) == ["once"] and len(logs(rule)) == 1
