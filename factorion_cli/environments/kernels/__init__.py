"""Compiled: many environments at once, as structs of arrays."""
