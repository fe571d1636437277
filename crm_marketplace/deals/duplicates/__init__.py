"""Customers, leads and prospects that are one: found by keys, merged by a person, and taken apart again."""
