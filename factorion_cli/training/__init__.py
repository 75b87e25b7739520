"""Training: each algorithm one file with its whole loop visible, and what surrounds the loop."""
