"""Aliases for the arrays that cross rooms; shapes are stated where they are used.

IntArray    int32   ids and counts
LongArray   int64   exact totals
GridArray   int16   (C, H, W) factory tensors
MaskArray   bool    legal choices
FloatArray  float32 observations and rates
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]
LongArray = NDArray[np.int64]
GridArray = NDArray[np.int16]
MaskArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]
AnyArray = NDArray[Any]
