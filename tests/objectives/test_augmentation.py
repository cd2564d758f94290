"""What views leave of edges and features."""

from __future__ import annotations

import pytest
import scipy.sparse as sp
import torch

from graphclust.errors import InputError
from graphclust.objectives import DropEdgesMaskFeatures
from graphclust.sparse import CSR

N, F = 400, 50


def inputs() -> tuple[torch.Tensor, CSR]:
    draw = torch.Generator().manual_seed(0)
    dense = (torch.rand(N, N, generator=draw) < 0.02).triu(1).float()
    adj = CSR.from_scipy(sp.csr_array((dense + dense.T).numpy()), symmetric=True, weighted=False)
    return torch.rand(N, F, generator=draw) + 1.0, adj


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("masks", ["columns", "entries"])
def test_masks(masks, sparse) -> None:
    x, adj = inputs()
    given = CSR.from_scipy(sp.csr_array(x.numpy())) if sparse else x
    view = DropEdgesMaskFeatures(0.0, 0.3, masks=masks)
    out, same = view.apply(given, adj, torch.Generator().manual_seed(1))
    dense = out.to_dense() if isinstance(out, CSR) else out
    assert same is adj
    kept = dense != 0
    torch.testing.assert_close(dense[kept], x[kept])
    whole = kept.all(0) | ~kept.any(0)
    if masks == "columns":
        assert whole.all() and 0 < int((~kept.any(0)).sum()) < F
    else:
        # 20,000 entries: the deviation of the share is .003.
        assert not whole.any() and abs(float(kept.float().mean()) - 0.7) < 0.02


@pytest.mark.parametrize("masks", ["columns", "entries"])
def test_nothing_is_masked_with_probability_nought(masks) -> None:
    x, adj = inputs()
    assert DropEdgesMaskFeatures(0.0, 0.0, masks).apply(x, adj, torch.Generator())[0] is x


def test_unknown_masks() -> None:
    with pytest.raises(InputError, match="masks='rows' is unknown: columns or entries"):
        DropEdgesMaskFeatures(masks="rows")  # type: ignore[arg-type]
