"""What a run tells others about itself: a card for each model, a crate that describes it all."""
