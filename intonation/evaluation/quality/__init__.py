"""Can these recordings be trusted: what their corpus tells of them, put in order of doubt."""
