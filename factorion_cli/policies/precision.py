"""How exactly a network calculates."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def calculating(device: torch.device, *, bf16: bool) -> AbstractContextManager[object]:
    """A context in which products of matrices are made in bfloat16 if the device has it, or in float32."""
    if bf16 and (device.type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()):
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()
