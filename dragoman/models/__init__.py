"""Models: which there are (`manifest.json`), where they lie on this machine, and how they get there."""
