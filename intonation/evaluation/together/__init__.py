"""Which groups of questions tell the same, and which act together."""
