"""The CUDA kernels beside dense references: on a GPU where there is one, and interpreted."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from torch import Tensor

from graphclust.sparse import CSR, cuda, edge_softmax, row_plan, sddmm, segment_sum, spmm

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = "cpu" if INTERPRETED else "cuda"

if importlib.util.find_spec("triton") is None:
    pytest.skip("triton is not installed (pip install triton, on Linux)", allow_module_level=True)

on_device = pytest.mark.skipif(
    not INTERPRETED and not torch.cuda.is_available(),
    reason="no CUDA GPU here; test_the_same_kernels_interpreted runs this without one",
)
only_cuda = pytest.mark.skipif(
    INTERPRETED or not torch.cuda.is_available(), reason="what torch does on a CUDA GPU"
)
TOLERANCE = {
    torch.float64: {"rtol": 1e-12, "atol": 1e-12},
    torch.float32: {"rtol": 1e-5, "atol": 1e-5},
    torch.bfloat16: {"rtol": 1.6e-2, "atol": 4e-2},
}
types = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
widths = pytest.mark.parametrize("width", [16, 21])
matrices = pytest.mark.parametrize("name", ["hubs", "transposed", "one node"])


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    # A hub is what has more than 40 entries here, so that few suffice.
    monkeypatch.setattr(row_plan, "CHUNK", 40)


def make(name: str) -> CSR:
    """Return a matrix with a hub of three pieces, a long row, short rows and an empty one."""
    if name == "one node":
        one = torch.zeros(1, dtype=torch.int64)
        return CSR.from_edges(one, one, torch.tensor([2.0]), (1, 1)).to(DEVICE)
    generator = torch.Generator().manual_seed(0)
    dense = torch.rand(12, 90, generator=generator) + 0.1
    keep = torch.rand(12, 90, generator=generator) < 0.05
    keep[0], keep[1, :36], keep[2], keep[3, 5:] = True, True, False, False
    row, col = (dense * keep).nonzero().T
    matrix = CSR.from_edges(row, col, dense[row, col], (12, 90))
    if name == "long":
        matrix = CSR(matrix.rowptr.long(), matrix.col.long(), matrix.weight, matrix.shape)
    return (matrix.transpose() if name == "transposed" else matrix).to(DEVICE)


def normal(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(DEVICE, dtype)


def close(found: Tensor, expected: Tensor, dtype: torch.dtype) -> None:
    torch.testing.assert_close(found.double(), expected.double(), **TOLERANCE[dtype])


def where(matrix: CSR) -> tuple[Tensor, Tensor]:
    return matrix.row.long(), matrix.col.long()


@on_device
@types
@widths
@matrices
def test_products(name: str, width: int, dtype: torch.dtype) -> None:
    from graphclust.sparse import triton_spmm

    matrix, tile = make(name), 8
    m = matrix.shape[1]
    x, weight = normal(m, width, dtype=dtype), matrix.values.to(dtype)
    dense = matrix.with_weight(weight).to_dense().double()
    close(triton_spmm.spmm(matrix, x, weight, tile=tile), dense @ x.double(), dtype)
    mean, right = 1 / matrix.counts.clamp(min=1), torch.linspace(0.5, 1, m, device=DEVICE)
    scaled = mean.double()[:, None] * (dense != 0) * right.double()
    found = triton_spmm.spmm(matrix, x, left=mean, right=right)
    close(found, scaled @ x.double(), dtype)
    bias = normal(width, dtype=dtype)
    moved = scaled @ x.double() + bias.double()
    for slope in (None, 0.0, 0.25):
        found = triton_spmm.spmm(matrix, x, left=mean, right=right, bias=bias, slope=slope)
        close(
            found, moved if slope is None else torch.where(moved > 0, moved, slope * moved), dtype
        )


@on_device
@types
def test_widths_in_turn(dtype: torch.dtype) -> None:
    # Kernels are kept once compiled: those of one width must not serve another.
    matrix = make("hubs")
    for width in (16, 32, 64, 128, 16):
        x = normal(90, width, dtype=dtype)
        close(cuda.spmm(matrix, x, None), (matrix.to_dense() != 0).double() @ x.double(), dtype)
        a, b = x[:12].contiguous(), x
        row, col = where(matrix)
        close(cuda.sddmm(matrix, a, b), (a.double()[row] * b.double()[col]).sum(-1), dtype)
        if dtype == torch.float32:  # a gradient of 16 bits is a difference of long sums
            test_attention_and_its_gradients("hubs", 1, width, dtype)


@on_device
@types
@matrices
def test_sums_of_entries_by_head(name: str, dtype: torch.dtype) -> None:
    from graphclust.sparse import triton_spmm

    matrix = make(name)
    row, col = where(matrix)
    values, x = normal(matrix.nnz, 3, dtype=dtype), normal(matrix.shape[1], 3, 5, dtype=dtype)
    zeros = torch.zeros(matrix.shape[0], 3, 5, dtype=torch.float64, device=DEVICE)
    expected = zeros[:, :, 0].index_add(0, row, values.double())
    close(triton_spmm.segment_sum(matrix, values), expected, dtype)
    close(triton_spmm.segment_sum(matrix, values[:, 0]), expected[:, 0], dtype)
    expected = zeros.index_add(0, row, values.double()[:, :, None] * x.double()[col])
    close(triton_spmm.spmm_heads(matrix, x, values), expected, dtype)


@on_device
@types
@widths
@matrices
def test_dots_of_entries(name: str, width: int, dtype: torch.dtype) -> None:
    from graphclust.sparse import triton_entries

    matrix = make(name)
    row, col = where(matrix)
    a, b = (normal(size, 2, width, dtype=dtype, seed=size) for size in matrix.shape)
    expected = (a.double()[row] * b.double()[col]).sum(-1)
    close(triton_entries.sddmm(matrix, a, b), expected, dtype)
    close(triton_entries.sddmm(matrix, a[:, 0], b[:, 0]), expected[:, 0], dtype)


def softmax(matrix: CSR, scores: Tensor) -> Tensor:
    row, _ = where(matrix)
    index = row[:, None].expand_as(scores)
    top = scores.new_zeros(matrix.shape[0], scores.shape[1])
    top = top.scatter_reduce(0, index, scores, "amax", include_self=False)
    p = (scores - top[row]).exp()
    return p / torch.zeros_like(top).index_add(0, row, p)[row]


@on_device
@types
@matrices
def test_softmax_over_rows(name: str, dtype: torch.dtype) -> None:
    from graphclust.sparse import triton_entries

    matrix = make(name)
    scores = 3 * normal(matrix.nnz, 4, dtype=dtype)
    expected = softmax(matrix, scores.double())
    close(triton_entries.edge_softmax(matrix, scores), expected, dtype)
    close(triton_entries.edge_softmax(matrix, scores[:, 0]), expected[:, 0], dtype)


@on_device
@types
@pytest.mark.parametrize(("heads", "width"), [(1, 8), (4, 5)])
@matrices
def test_attention_and_its_gradients(name: str, heads: int, width: int, dtype: torch.dtype) -> None:
    from graphclust.sparse import triton_attention

    matrix = make(name)
    n, m = matrix.shape
    row, col = where(matrix)
    given = (
        normal(m, heads, width, dtype=dtype),
        normal(m, heads, dtype=dtype, seed=2),
        normal(n, heads, dtype=dtype, seed=3),
    )
    x, s, t = exact = tuple(value.double().requires_grad_() for value in given)
    p = softmax(matrix, torch.nn.functional.leaky_relu(s[col] + t[row], 0.2))
    zeros = torch.zeros(n, heads, width, dtype=torch.float64, device=DEVICE)
    expected = zeros.index_add(0, row, p[:, :, None] * x[col])
    out, row_max, inverse_sum = triton_attention.attention_forward(matrix, *given, 0.2)
    close(out, expected.detach(), dtype)

    grad = normal(n, heads, width, dtype=dtype, seed=4)
    found = triton_attention.attention_backward(
        matrix, grad, out, *given, row_max, inverse_sum, 0.2
    )
    for ours, theirs in zip(
        found, torch.autograd.grad(expected, exact, grad.double()), strict=True
    ):
        assert ours.dtype == dtype
        close(ours, theirs, dtype)


@on_device
def test_a_matrix_without_entries() -> None:
    from graphclust.sparse import triton_attention, triton_spmm

    none = torch.zeros(0, dtype=torch.int64)
    matrix = CSR.from_edges(none, none, None, (3, 4)).to(DEVICE)
    assert not triton_spmm.spmm(matrix, normal(4, 2)).any()
    given = normal(4, 2, 5), normal(4, 2), normal(3, 2)
    out, *statistics = triton_attention.attention_forward(matrix, *given, 0.2)
    assert out.shape == (3, 2, 5) and not out.any()
    found = triton_attention.attention_backward(matrix, out, out, *given, *statistics, 0.2)
    assert not any(grad.any() for grad in found)


@on_device
def test_the_same_call_gives_the_same_bits() -> None:
    from graphclust.sparse import triton_spmm

    matrix, x = make("hubs"), normal(90, 21)
    once, again = (triton_spmm.spmm(matrix, x, matrix.weight) for _ in range(2))
    assert torch.equal(once, again)


@on_device
def test_long_and_short_rows_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    # As they are launched where there is much work.
    monkeypatch.setattr(row_plan, "TOGETHER", 0)
    test_products("hubs", 21, torch.float32)
    for name in ("hubs", "transposed"):
        test_attention_and_its_gradients(name, 4, 5, torch.float32)


@on_device
def test_long_offsets_give_the_same() -> None:
    test_products("long", 8, torch.float32)
    test_dots_of_entries("long", 8, torch.float32)
    test_attention_and_its_gradients("long", 1, 8, torch.float32)


@on_device
def test_doubles_keep_their_digits() -> None:
    test_products("hubs", 1, torch.float64)
    test_dots_of_entries("hubs", 1, torch.float64)
    test_attention_and_its_gradients("transposed", 1, 3, torch.float64)


@on_device
def test_what_is_not_a_neighbour_does_not_matter() -> None:
    # Lanes without an entry load column 0, whose row must not reach the sum.
    from graphclust.sparse import triton_spmm

    row, col = torch.tensor([[0, 0, 2], [1, 2, 3]])
    matrix = CSR.from_edges(row, col, None, (3, 4)).to(DEVICE)
    x = torch.tensor([[torch.nan], [1.0], [2.0], [3.0]], device=DEVICE).expand(4, 8)
    found = triton_spmm.spmm(matrix, x)
    assert torch.equal(found[:, 0].cpu(), torch.tensor([3.0, 0.0, 3.0]))


def test_the_plan_deals_every_entry_once() -> None:
    if INTERPRETED:
        pytest.skip("has no kernel in it")
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(0, 100, (50,), generator=generator)
    row = torch.arange(50).repeat_interleave(lengths)
    col = torch.arange(row.numel()) - (lengths.cumsum(0) - lengths)[row]
    matrix = CSR.from_edges(row, col, None, (50, 100))
    plan = row_plan.row_plan(matrix)
    assert plan is row_plan.row_plan(matrix.with_weight(matrix.values))
    assert plan.short.unique().numel() == plan.short.numel()
    assert sorted([*plan.short.tolist(), *plan.unsplit.row.tolist()]) == [*range(50)]
    assert int((plan.long.last - plan.long.first).max()) == row_plan.CHUNK
    pieces = row_plan.Tasks(*(of_all[: plan.n_pieces] for of_all in plan.long))
    assert (matrix.counts[pieces.row] > row_plan.CHUNK).all()
    assert torch.equal(plan.joins.row[pieces.place], pieces.row)
    whole = row_plan.Tasks(*(of_all[plan.n_pieces :] for of_all in plan.long))
    assert torch.equal(whole.place, whole.row)
    taken = torch.zeros(matrix.nnz)
    for first, last, owner in zip(*pieces[:3], strict=True):
        assert (matrix.row[first:last] == owner).all()
        taken[first:last] += 1
    assert torch.equal(taken.bool(), (matrix.counts > row_plan.CHUNK)[matrix.row.long()])
    assert int(taken.max()) == 1
    for first, last, owner in zip(*plan.joins[:3], strict=True):
        assert (pieces.row[first:last] == owner).all()


@only_cuda
def test_the_front_is_differentiable_on_a_gpu() -> None:
    matrix = make("hubs").with_weight(make("hubs").values.double())
    n, m = matrix.shape
    x, weight = (normal(*size, dtype=torch.float64) for size in ((m, 3), (matrix.nnz,)))
    a, scores = (normal(*size, dtype=torch.float64) for size in ((n, 3), (matrix.nnz, 2)))
    given = [value.requires_grad_() for value in (x, weight, a, scores)]
    check = torch.autograd.gradcheck
    assert check(lambda x, w: spmm(matrix, x, w), given[:2])
    assert check(lambda x, w: spmm(matrix, x, w, a[0], 0.2), given[:2])
    assert check(lambda a, b: sddmm(matrix, a, b), (given[2], given[0]))
    assert check(lambda e: edge_softmax(matrix, e), given[3:])
    assert check(lambda e: segment_sum(matrix, e), given[3:])


@on_device
def test_the_backend_takes_what_the_front_gives() -> None:
    matrix = make("hubs")
    row, col = where(matrix)
    x, a, values = normal(90, 3, 5), normal(12, 3, 5), normal(matrix.nnz, 3)
    zeros = torch.zeros(12, 3, 5, device=DEVICE)
    expected = zeros.index_add(0, row, values[:, :, None] * x[col])
    close(cuda.spmm_heads(matrix, x, values), expected, torch.float32)
    close(cuda.sddmm(matrix, a, x), (a[row] * x[col]).sum(-1), torch.float32)
    sums = zeros[:, :, 0].index_add(0, row, values)
    close(cuda.segment_sum(matrix, values), sums, torch.float32)
    close(cuda.edge_softmax(matrix, values), softmax(matrix, values), torch.float32)
    moved = cuda.spmm(matrix, x[:, 0], None, a[0, 0], 0.0)
    close(moved, (cuda.spmm(matrix, x[:, 0], None) + a[0, 0]).relu(), torch.float32)
    none = matrix.select(torch.zeros(matrix.nnz, dtype=torch.bool, device=DEVICE))
    assert not cuda.spmm(none, x[:, 0], None).any()
    bent = torch.where(a[0, 0] > 0, a[0, 0], 0.5 * a[0, 0])
    close(cuda.spmm(none, x[:, 0], None, a[0, 0], 0.5)[0], bent, torch.float32)
    assert not cuda.spmm_heads(none, x, values[:0]).any()
    assert not cuda.segment_sum(none, values[:0]).any()
    assert cuda.sddmm(none, a, x).shape == cuda.edge_softmax(none, values[:0]).shape == (0, 3)


@pytest.mark.skipif(INTERPRETED, reason="this is what starts the interpreter")
def test_the_same_kernels_interpreted() -> None:
    if version("triton").startswith("3.6."):
        pytest.skip("the interpreter of Triton 3.6 does not work with numpy 2.4")
    # Triton reads the variable when it is imported, hence a process of its own.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(Path(__file__))],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None and int(passed[1]) >= 40, done.stdout
