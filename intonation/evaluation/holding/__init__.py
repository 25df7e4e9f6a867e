"""The ranking that holds: its network, its statistic, and the laws that mark it."""
