"""Prices: what each listing should cost, what is held back and why, what was sent and confirmed."""
