"""How close a model comes to the speaker, on sentences that it never learnt from."""
