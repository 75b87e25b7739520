"""Compiled kernels over the arrays of `simulation.layout`: integers only, one fixed order, no allocation."""
