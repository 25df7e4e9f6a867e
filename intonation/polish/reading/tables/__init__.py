"""What is written and how it is read, in tables, which a text of plain words loads alone."""
