"""Compiled kernels of the search: they place, route and lay poles on the arrays of `design.layout`."""
