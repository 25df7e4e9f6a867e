"""How far people who read the same sentence agree, and what that leaves for models of text."""
