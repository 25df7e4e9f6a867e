"""What somebody's folder holds: files, names, tables; from these, recordings with texts."""
