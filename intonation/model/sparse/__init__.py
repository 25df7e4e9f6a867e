"""A network that hears each group of questions as the curve that a group lasso drew of it."""
