from __future__ import annotations

import pytest

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.errors import ConfigurationError

HERE = "tests.unit.integrations.third_party"


def test_ours_are_whole():
	assert registry.problems() == {}
	assert len(registry.connectors()) == len(registry.BUILT_IN)
	for name, cls in registry.connectors().items():
		assert registry.get(name) is cls
		assert cls.info.name == name


def test_another_app_adds_one():
	extra = (f"{HERE}.Complete",)
	assert "Village Fair" in registry.connectors(extra)
	assert "Village Fair" not in registry.connectors()
	assert registry.get("Village Fair", extra).info.title == "Village Fair"


def test_another_app_replaces_ours():
	name = next(iter(registry.connectors()))
	assert registry.get(name, (f"{HERE}.Replacement",)).info.title == "Ours, but better"


BROKEN = {
	"no_such_module.Connector": "No module",
	f"{HERE}.NoSuchClass": "NoSuchClass",
	f"{HERE}.Speechless": "info",
	f"{HERE}.not_a_class": "info",
	f"{HERE}.Boastful": "missing orders: open_orders, orders: orders_created, orders: order, webhooks: read_webhook",
	f"{HERE}.Forgetful": "missing refresh_batch: refresh_orders",
	"nonsense": "Empty module name",
	"": "Empty module name",
}


@pytest.mark.parametrize(("path", "why"), BROKEN.items())
def test_a_broken_one_is_named_and_does_no_harm(path, why):
	found = registry.problems((path,))
	assert list(found) == [path]
	assert found[path].values == (path,)
	assert why in found[path].detail
	assert registry.connectors((path,)) == registry.connectors()


def test_asking_for_a_broken_one_says_why():
	with pytest.raises(ConfigurationError, match="no connector for Boastful") as caught:
		registry.get("Boastful", (f"{HERE}.Boastful",))
	assert "missing orders: open_orders" in caught.value.detail


def test_asking_for_one_that_is_not_there():
	with pytest.raises(ConfigurationError, match="no connector for Atlantis"):
		registry.get("Atlantis")


def test_a_module_that_cannot_be_imported(tmp_path, monkeypatch):
	(tmp_path / "broken_connector_app.py").write_text("def connect(:\n")
	monkeypatch.syspath_prepend(tmp_path)
	assert (
		"SyntaxError"
		in registry.problems(("broken_connector_app.Connector",))["broken_connector_app.Connector"].detail
	)
