"""What scripts/random_kills is made of."""
