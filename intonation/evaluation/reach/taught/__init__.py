"""What networks may learn before the speech they are judged on, and after: others, then each."""
