"""What is written and how it is read: tables only, so that a text of plain words loads nothing else."""
