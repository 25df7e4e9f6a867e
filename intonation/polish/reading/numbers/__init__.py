"""Numbers as they are read: what they count, dates and times, and what they are joined with."""
