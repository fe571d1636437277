"""Orders: fetched page by page and stored first, then processed one by one into ERPNext documents."""
