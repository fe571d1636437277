"""What the desk may call of Deals. Each function checks its argument types and the caller's permissions."""
