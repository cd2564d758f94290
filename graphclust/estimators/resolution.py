"""What an estimator's arguments stand for: a method with its parts, a seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphclust.arguments import check_arguments
from graphclust.component import lookup
from graphclust.encoders.foreign import as_encoder
from graphclust.errors import InputError
from graphclust.heads.foreign import as_head
from graphclust.methods import Adapted, Composed, Method
from graphclust.methods.composed_of_graphs import AdaptedToGraphs, ComposedOfGraphs
from graphclust.objectives import Objective
from graphclust.readouts import as_readout


def named_method(name: str, kind: str = "method") -> Method:
    """Return the method of that name with its default settings; ``-`` stands for ``_``.

    ``kind`` is ``"graph_method"`` for one that clusters whole graphs.
    """
    method: Method = lookup(kind, name.lower().replace("-", "_"))()
    return method


def resolve_method(
    method: str | Method, encoder: Any = None, head: Any = None, objective: Objective | None = None
) -> Method:
    """Return the method that the estimator's arguments describe, checked.

    Raises
    ------
    InputError
        If one of them cannot be used, or a setting of the method is out of range.
    """
    encoder = None if encoder is None else as_encoder(encoder)
    head = None if head is None else as_head(head)
    if objective is not None:
        out: Method = Composed(encoder, head, objective)
    else:
        if isinstance(method, str):
            method = named_method(method)
        if not isinstance(method, Method):
            raise InputError(
                f"method={method!r} is neither a name nor a Method; "
                "`graphclust methods` lists the names"
            )
        out = method if encoder is None and head is None else Adapted(method, encoder, head)
    check_arguments(out)
    return out


def resolve_graph_method(
    method: str | Method,
    encoder: Any = None,
    readout: Any = None,
    head: Any = None,
    objective: Objective | None = None,
) -> Method:
    """Return the method of whole graphs that the estimator's arguments describe, checked.

    Raises
    ------
    InputError
        If one of them cannot be used, or a setting of the method is out of range.
    """
    parts = (
        None if encoder is None else as_encoder(encoder),
        None if readout is None else as_readout(readout),
        None if head is None else as_head(head),
    )
    if objective is not None:
        out: Method = ComposedOfGraphs(*parts, objective)
    else:
        if isinstance(method, str):
            method = named_method(method, "graph_method")
        if not isinstance(method, Method) or method.kind != "graph_method":
            raise InputError(
                f"method={method!r} is neither a name nor a method of whole graphs; "
                "`graphclust methods --level graphs` lists the names"
            )
        out = method if parts == (None, None, None) else AdaptedToGraphs(method, *parts)
    check_arguments(out)
    return out


def resolve_seed(random_state: Any) -> int | None:
    """Return the seed as a whole number, ``None`` where one is to be drawn.

    Raises
    ------
    InputError
        If it is neither a whole number from 0 to 2**64 - 1 nor scikit-learn's generator.
    """
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if random_state is None:
        return None
    whole = isinstance(random_state, (int, np.integer)) and not isinstance(random_state, bool)
    if not whole or not 0 <= random_state < 2**64:
        raise InputError(
            f"random_state={random_state!r}: give a whole number from 0 to 2**64 - 1, or None"
        )
    return int(random_state)
