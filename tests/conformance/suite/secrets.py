"""Keys and buyers stay out of errors and out of the request log, whatever goes wrong."""

from __future__ import annotations

import traceback

import pytest

from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.integrations.transport import RequestRecord
from tests.conformance.suite.base import Base

TROUBLE = (
	"500", "503", "429", "broken_json", "html", "wrong_key", "expired_key", "missing_role", "drop_connection",
	"cut_answer", "not_found",
)  # fmt: skip


class Secrets(Base):
	def secrets(self, credentials: dict[str, str]) -> list[str]:
		return [credentials[field.name] for field in self.connector.info.credential_fields if field.secret]

	@pytest.mark.parametrize("kind", TROUBLE)
	def test_a_key_is_never_told(self, sandbox, connect, kind):
		log: list[RequestRecord] = []
		connector = connect(sandbox, observer=log.append, patience=900.0)
		sandbox.fault(kind, times=100)
		with pytest.raises(IntegrationError) as caught:
			connector.check_credentials()
		said = self.everything(caught.value, log)
		assert log and log[-1].error_kind
		for secret in self.secrets(sandbox.credentials):
			assert secret not in said

	def test_a_key_pasted_into_the_wrong_field_is_hidden(self, sandbox, connect):
		log: list[RequestRecord] = []
		secret = self.secrets(sandbox.credentials)[0]
		connector = connect(sandbox, observer=log.append)
		with pytest.raises(IntegrationError) as caught:
			connector.order(secret)
		for record in log:
			record_text = repr((record.request_body, record.response_body))
			assert secret not in record_text
		assert secret not in str(caught.value.detail)

	def test_every_request_is_in_the_log(self, sandbox, connect):
		log: list[RequestRecord] = []
		connector = connect(sandbox, observer=log.append)
		connector.check_credentials()
		sandbox.fault("500")
		connector.check_credentials()
		assert len(log) == sandbox.journal.count() == connector.transport.request_count
		assert [record.path for record in log] == [exchange.path for exchange in sandbox.journal.last()]
		assert [record.status for record in log].count(500) == 1
		assert all(record.request_id for record in log)
		assert all(record.response_body is None for record in log if record.error_kind is None)

	def test_an_error_tells_the_marketplaces_request_id(self, sandbox, connect):
		sandbox.fault("wrong_key")
		with pytest.raises(IntegrationError) as caught:
			connect(sandbox).check_credentials()
		assert caught.value.request_id
		assert caught.value.http_status

	def everything(self, error: IntegrationError, log: list[RequestRecord]) -> str:
		return "\n".join([
			str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error)),
			*(repr(record) for record in log),
		])  # fmt: skip
