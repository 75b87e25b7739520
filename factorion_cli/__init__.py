"""Factorion: teach machines to build Factorio factories.

Importing this package is cheap: every room imports numba, torch, draftsman and pyarrow only when it needs them.
"""

__version__ = "0.1.0"
