"""Stock: what each shop should promise, what it was sent, what it confirmed."""
