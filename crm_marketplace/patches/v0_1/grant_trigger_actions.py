"""Sites that had the app before triggers: say who may use which action in them."""

from crm_marketplace.setup.defaults import grant_actions, save_settings


def execute() -> None:
	save_settings()
	grant_actions()
