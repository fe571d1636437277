"""Jobs: read the site, ask a connector, decide by rules, write the site, log."""
