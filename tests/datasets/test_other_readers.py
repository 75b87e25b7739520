"""What people open Parquet with opens a dataset: polars and pandas, by the folder alone."""

from __future__ import annotations

import numpy as np
import pytest

from factorion_cli.datasets import DatasetInfo
from factorion_cli.factory.vocabulary import default_vocabulary


def test_polars_scans_a_split(small_dataset: DatasetInfo) -> None:
    polars = pytest.importorskip("polars")
    rows = polars.scan_parquet(small_dataset.path / "data/throughput/train/*.parquet")
    table = rows.filter(polars.col("width") > 20).select("id", "missing", "throughput_reference").collect()
    assert 0 < table.height < small_dataset.rows("throughput", "train")
    assert table["throughput_reference"].unique().to_list() == [15.0]


def test_pandas_reads_packed_entities(small_dataset: DatasetInfo) -> None:
    pandas = pytest.importorskip("pandas")
    row = pandas.read_parquet(small_dataset.path / "data/throughput/train").iloc[0]
    entities = np.frombuffer(row["entities"], "<i2").reshape(-1, 9)
    assert len(entities) == row["width"] - 2
    assert default_vocabulary().entity_name(int(entities[0, 4])) == row["hand"][0]
