"""The number systems that a derivation is run on, and the truth they give."""
