"""The main job with no ERPNext at hand: a sandbox marketplace, our connector and rules, and books in memory."""
