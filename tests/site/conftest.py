"""The site layer runs with the bench's Python in its sites folder; see tests/harness/layers.py."""

from tests.harness.site_fixtures import as_user, company, leave_no_trace, site, user_with_role
