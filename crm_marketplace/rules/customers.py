"""Who the buyer is: keys that recognise a person again, whatever the spelling of the day."""

from __future__ import annotations

import hashlib

import phonenumbers

from crm_marketplace.integrations.records import Party


def normalise_phone(phone: str | None, region: str | None = None) -> str | None:
	"""E.164 ("+79031234567"), or None when it is no possible number.

	Args:
		region: ISO country whose national numbers are meant ("RU"); international ones need none.
	"""
	if not phone:
		return None
	try:
		number = phonenumbers.parse(phone, region)
	except phonenumbers.NumberParseException:
		return None
	if not phonenumbers.is_possible_number(number):
		return None
	return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_email(email: str | None) -> str | None:
	text = (email or "").strip().casefold()
	return text if "@" in text[1:-1] else None


def identity_keys(party: Party | None, marketplace: str, region: str | None = None) -> tuple[str, ...]:
	"""Keys of a buyer, the most certain first: marketplace id, tax id, phone, e-mail.

	Each is a hash, so that the table of keys holds no buyer data. A phone the marketplace masks is shared by
	many buyers and is left out.
	"""
	if party is None:
		return ()
	phone = None if party.phone_is_masked else normalise_phone(party.phone, region)
	email = normalise_email(party.email)
	keys = []
	if party.external_id:
		keys.append(f"id:{marketplace}:{party.external_id}")
	if tax_id := "".join((party.tax_id or "").split()) if party.is_company else "":
		keys.append(f"tax:{tax_id}")
	if phone:
		keys.append(f"phone:{phone}")
	if email:
		keys.append(f"email:{email}")
	return tuple(hashlib.sha256(key.encode()).hexdigest()[:40] for key in keys)


def customer_name(party: Party) -> str | None:
	"""What to call the customer, or None when the marketplace tells no name."""
	name = (party.company_name if party.is_company else None) or party.name or ""
	return " ".join(name.split())[:140] or None
