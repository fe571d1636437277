"""What every connector must do, whichever marketplace it speaks to. A connector's test is a subclass:

	class TestSomething(ConnectorConformance):
		connector = SomethingConnector
		specification = Specification("something/openapi.json")
		rows = {Capability.LISTINGS: "/path/of/the/list/that/holds/the/records"}

The sandbox of the marketplace answers over real HTTP; nothing is stubbed on our side. A capability the
connector does not list is skipped.
"""

from tests.conformance.suite.base import Base
from tests.conformance.suite.cancelling import Cancelling
from tests.conformance.suite.credentials import Credentials
from tests.conformance.suite.labels import Labels
from tests.conformance.suite.misfortunes import Misfortunes
from tests.conformance.suite.orders import Orders
from tests.conformance.suite.paging import Paging
from tests.conformance.suite.prices import Prices
from tests.conformance.suite.refreshing import Refreshing
from tests.conformance.suite.returns import Returns
from tests.conformance.suite.reviews import Reviews
from tests.conformance.suite.secrets import Secrets
from tests.conformance.suite.self_description import SelfDescription
from tests.conformance.suite.stock import Stock


class ConnectorConformance(
	SelfDescription,
	Credentials,
	Paging,
	Orders,
	Refreshing,
	Stock,
	Prices,
	Cancelling,
	Labels,
	Returns,
	Reviews,
	Misfortunes,
	Secrets,
):
	"""All of it."""


__all__ = ["Base", "ConnectorConformance"]
