"""What a language does with F0: facts of phonetics, measured in recordings and asked of a network."""
