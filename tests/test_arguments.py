"""Arguments of components: every default is allowed, and what is not is named."""

from __future__ import annotations

from typing import get_type_hints

import pytest

import graphclust as gc
from graphclust.arguments import check_arguments
from graphclust.component import registry
from graphclust.errors import InputError
from graphclust.training import Optimisation

KINDS = ("method", "encoder", "head", "objective", "transform", "strategy", "optimisation")


def every() -> list[type]:
    gc.methods, gc.encoders, gc.heads, gc.objectives
    return [cls for kind in KINDS for cls in registry(kind).values()]


@pytest.mark.parametrize("cls", every(), ids=lambda c: f"{c.kind}-{c.name}")
def test_annotations_can_be_read_and_defaults_are_allowed(cls: type) -> None:
    assert set(cls.argument_names()) <= set(get_type_hints(cls.__init__))
    try:
        component = cls()
    except TypeError:
        return  # it has arguments without a default
    check_arguments(component)
    check_arguments(cls(**component.get_params()))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"epochs": "abc"}, "epochs='abc' must be a whole number"),
        ({"epochs": -1}, "epochs=-1 must be 0 or more"),
        ({"epochs": True}, "epochs=True must be a whole number"),
        ({"lr": 0}, "lr=0 must be greater than 0"),
        ({"lr": float("inf")}, "lr=inf must be a number"),
        ({"weight_decay": -0.1}, "weight_decay=-0.1 must be 0 or more"),
        ({"patience": 0}, "patience=0 must be at least 1"),
        ({"optimizer": "sgd"}, "optimizer='sgd' must be 'adam' or 'adamw'"),
        ({"clip": 0.0}, "clip=0.0 must be greater than 0"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_arguments(Optimisation(**wrong))


def test_parts_are_checked_too_and_lists_are_tuples() -> None:
    method = gc.methods.Composed(gc.encoders.GCN([16, -8]), None, gc.objectives.Modularity())
    with pytest.raises(InputError, match=r"gcn: channels=\[16, -8\] must be at least 1"):
        check_arguments(method)
    with pytest.raises(InputError, match="resolution"):
        gc.NodeClusterer(2, objective=0.5 * gc.objectives.Modularity("high")).fit([[1.0], [2.0]])
    check_arguments(gc.methods.GRACE(channels=[8, 4], drop_edges=[0.1, 0.2]))
    with pytest.raises(InputError, match="a list of 2 numbers"):
        check_arguments(gc.methods.GRACE(drop_edges=[0.1]))
