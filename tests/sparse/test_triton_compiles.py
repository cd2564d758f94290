"""The CUDA kernels through Triton's compiler, down to Hopper's machine code, without a GPU.

The interpreter forgives what the compiler does not: types that change in a loop, branches that
return unlike things, shapes that it cannot lay out.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections import defaultdict
from typing import Any

import pytest
import torch

from graphclust.sparse import CSR, row_plan

if importlib.util.find_spec("triton") is None or os.environ.get("TRITON_INTERPRET") == "1":
    pytest.skip("needs triton, and its compiler", allow_module_level=True)

if torch.cuda.is_available():
    pytest.skip("the GPU's own driver compiles what the other tests run", allow_module_level=True)

Compiled = dict[str, list[dict[str, Any]]]


class Hopper:
    """What Triton asks a driver in order to compile."""

    def get_current_target(self) -> Any:
        from triton.backends.compiler import GPUTarget

        return GPUTarget("cuda", 90, 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return 0


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Compiled:
    """Collect the assembly of whatever is launched; nothing runs."""
    from triton.runtime import driver
    from triton.runtime.jit import JITFunction

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(row_plan, "CHUNK", 40)
    found: Compiled = defaultdict(list)
    launch = JITFunction.run

    def compile_only(self, *args, grid, warmup, **kwargs):
        kernel = launch(self, *args, grid=grid, warmup=True, **kwargs)
        found[self.__name__].append(kernel.asm)
        return kernel

    monkeypatch.setattr(JITFunction, "run", compile_only)
    monkeypatch.setattr(driver, "_active", Hopper())
    return found


def make(long: bool) -> CSR:
    generator = torch.Generator().manual_seed(0)
    keep = torch.rand(12, 90, generator=generator) < 0.05
    keep[0], keep[1, :36], keep[2] = True, True, False
    row, col = keep.nonzero().T
    matrix = CSR.from_edges(row, col, torch.ones(row.numel()), (12, 90))
    if long:
        matrix = CSR(matrix.rowptr.long(), matrix.col.long(), matrix.weight, matrix.shape)
    return matrix


@pytest.mark.parametrize(
    ("dtype", "heads", "width", "long"),
    [
        (torch.float32, 4, 64, False),
        (torch.bfloat16, 1, 21, True),
        (torch.float64, 2, 1, False),
    ],
    ids=str,
)
def test_every_kernel(
    compiled: Compiled, monkeypatch, dtype, heads: int, width: int, long: bool
) -> None:
    from graphclust.sparse import triton_attention, triton_entries, triton_spmm

    matrix = make(long)
    x = torch.zeros(90, heads, width, dtype=dtype)
    values = torch.zeros(matrix.nnz, heads, dtype=dtype)
    ends = torch.zeros(90, heads, dtype=dtype), torch.zeros(12, heads, dtype=dtype)
    flat = x[:, 0].contiguous()
    triton_spmm.spmm(matrix, flat, matrix.weight)
    triton_spmm.spmm(matrix, flat, left=ends[1][:, 0], right=ends[0][:, 0])
    for slope in (None, 0.0, 0.2):
        triton_spmm.spmm(matrix, flat, matrix.weight, bias=flat[0], slope=slope)
    triton_spmm.spmm_heads(matrix, x, values)
    triton_spmm.segment_sum(matrix, values)
    triton_entries.sddmm(matrix, x[:12], x)
    triton_entries.edge_softmax(matrix, values)
    monkeypatch.setattr(
        row_plan, "TOGETHER", 0
    )  # long rows and short ones in launches of their own
    triton_spmm.spmm(matrix, flat, matrix.weight)
    # Both ways, so that long rows and their pieces are pulled, too.
    for one, source, target in ((matrix, x, ends), (matrix.transpose(), x[:12], ends[::-1])):
        out, *statistics = triton_attention.attention_forward(one, source, *target, 0.2)
        triton_attention.attention_backward(one, out, out, source, *target, *statistics, 0.2)

    assert set(compiled) == {
        "sum_tasks", "_dots", "_statistics", "_normalise", "_pull_tasks",
    }  # fmt: skip
    code = {name: [asm["ptx"] for asm in every] for name, every in compiled.items()}
    assert all(asm["cubin"] for every in compiled.values() for asm in every)
    # Nothing but the number of pieces done is added atomically: the order of every sum is fixed.
    every = "".join(ptx for some in code.values() for ptx in some)
    atomic = set(re.findall(r"\b(?:atom|red)\.[\w.:]+", every))
    assert atomic == {"atom.global.gpu.acq_rel.add.u32"}
    if width % 64 == 0:
        # Features come in 16 bytes a thread.
        for name in ("sum_tasks", "_pull_tasks", "_dots"):
            assert any("ld.global.v4.b32" in ptx for ptx in code[name]), name


def test_launches_of_one_key_share_their_code(compiled: Compiled, monkeypatch) -> None:
    """What is kept by our key must be what Triton would have kept by its own."""
    from graphclust.sparse import triton_attention, triton_entries, triton_launch, triton_spmm

    kept: dict[Any, Any] = {}

    def launch(kernel, grid, shared, args, constants) -> None:
        found = kernel[grid](*shared.args, *args, *constants, num_warps=triton_launch.WARPS)
        key = triton_launch.compiled_for(kernel, shared, args, constants, 0)
        assert kept.setdefault(key, found) is found, key

    for module in (triton_attention, triton_entries, triton_spmm):
        monkeypatch.setattr(module, "launch", launch)
    matrix = make(False)
    for dtype in (torch.float32, torch.bfloat16):
        for width in (1, 16, 21, 32, 64, 128):
            x, values = torch.zeros(91, width, dtype=dtype), torch.zeros(matrix.nnz, 1, dtype=dtype)
            for rows in (x[:90], x[1:]):  # the latter does not start at a multiple of 16 bytes
                triton_spmm.spmm(matrix, rows, matrix.weight)
                for slope in (0.0, 0.1):
                    triton_spmm.spmm(matrix, rows, bias=rows[0], slope=slope)
                triton_entries.sddmm(matrix, rows[:12], rows)
            triton_spmm.segment_sum(matrix, values)
            triton_entries.edge_softmax(matrix, values)
    x, ends = torch.zeros(90, 2, 16), (torch.zeros(90, 2), torch.zeros(12, 2))
    for slope in (0.2, 0.1):
        out, *statistics = triton_attention.attention_forward(matrix, x, *ends, slope)
        triton_attention.attention_backward(matrix, out, out, x, *ends, *statistics, slope)
    assert len(kept) > 40
