"""Looking near-copies up among many signatures, compiled: Python would walk the buckets a hundred times as long."""

import numpy as np

from factorion_cli.simulation.kernels.compiled import entry, helper


@helper
def _slot(heads, bands, band, key):
    """Where the newest row with this key in a band stands, or the free slot where it would."""
    mask = np.uint64(heads.shape[1] - 1)
    slot = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32) & mask
    while heads[band, slot] >= 0 and bands[heads[band, slot], band] != key:
        slot = (slot + np.uint64(1)) & mask
    return slot


@entry
def insert(heads, older, bands, first, last):
    """Enter the rows `first` to `last` (not included) into the buckets.

    Args:
        heads: (B, slots) int32, the newest row of each bucket or -1; slots is a power of two above the rows.
        older: (rows, B) int32, the next older row of the same bucket or -1.
        bands: (rows, B) uint64, the keys.
        first: row.
        last: row.
    """
    for row in range(first, last):
        for band in range(bands.shape[1]):
            slot = _slot(heads, bands, band, bands[row, band])
            older[row, band] = heads[band, slot]
            heads[band, slot] = row


@entry
def look_up(heads, older, bands, hashes, keys, wanted, least, seen, stamp, found, agreeing):
    """Write the rows that agree with `wanted` in at least `least` hashes; returns how many they are.

    Args:
        heads: as in `insert`.
        older: as in `insert`.
        bands: as in `insert`.
        hashes: (rows, H) uint16.
        keys: (B,) uint64 of what is looked for.
        wanted: (H,) uint16 of what is looked for.
        least: hashes that must agree.
        seen: (rows,) int64, scratch: the stamp of the call that last met the row.
        stamp: of this call.
        found: (rows,) int64, the rows.
        agreeing: (rows,) int64, in how many hashes each agrees.
    """
    count = 0
    for band in range(keys.shape[0]):
        row = heads[band, _slot(heads, bands, band, keys[band])]
        while row >= 0:
            if seen[row] != stamp:
                seen[row] = stamp
                agree = 0
                for k in range(wanted.shape[0]):
                    agree += hashes[row, k] == wanted[k]
                if agree >= least:
                    found[count], agreeing[count] = row, agree
                    count += 1
            row = older[row, band]
    return count
