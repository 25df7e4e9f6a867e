"""The quality of a built site, in numbers: `make check-site OUT=…`."""
