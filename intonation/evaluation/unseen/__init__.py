"""What is said of sentences that were not learnt from: their folds, and regression from sums."""
