"""The book in other forms: chapters as notebooks to download, and one PDF."""
