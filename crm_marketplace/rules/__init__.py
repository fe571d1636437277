"""Decisions: pure functions over records. Nothing here reads a database, a clock or a network."""
