"""`python -m crm_marketplace.sandbox`."""

from crm_marketplace.sandbox.command import main

if __name__ == "__main__":
	main()
