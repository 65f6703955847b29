"""The parts of scripts/random_kills."""
