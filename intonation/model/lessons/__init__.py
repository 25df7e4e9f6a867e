"""What a training may be given beside examples: a loss that cares about shape, a beginning."""
