"""What a language does with F0: facts of phonetics, in recordings and in a network."""
