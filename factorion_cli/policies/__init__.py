"""Policies: networks, choices under masks, scripted baselines and checkpoints."""
