"""Datasets in other forms: HDF5 of dense arrays, numpy files, and Minari's layout for demonstrations."""

from factorion_cli.datasets.exports.exporting import EXPORT_FORMS, export_dataset
from factorion_cli.datasets.exports.hdf5 import export_hdf5, write_dense
from factorion_cli.datasets.exports.minari import export_minari
from factorion_cli.datasets.exports.npz import export_numpy
from factorion_cli.datasets.exports.parts import dense_parts

__all__ = [
    "EXPORT_FORMS",
    "dense_parts",
    "export_dataset",
    "export_hdf5",
    "export_minari",
    "export_numpy",
    "write_dense",
]
