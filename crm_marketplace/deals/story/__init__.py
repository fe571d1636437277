"""Everything that ever happened with a deal, customer, lead or contact, newest first.

Nothing is copied: events are read from letters, calls, tasks and ERPNext's documents when somebody looks.
"""
