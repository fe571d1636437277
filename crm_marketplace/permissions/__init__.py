"""Row-level rules: who sees which records. One file per subject gives list condition and document check."""
