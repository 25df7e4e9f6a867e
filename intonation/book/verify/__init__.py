"""Reproduced or not: a run beside another one, or beside a stored summary.

Compared are the sentences that chapters computed (`prose`), the tables behind them and the rankings
(`summary`), with a tolerance for each kind of number (`kinds`, `comparison`).

python -m intonation.book.verify OUT [--with RUN_OR_SUMMARY] [--write SUMMARY]
"""
