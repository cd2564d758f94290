"""RDKit, imported where it is needed, and asked to keep its log to itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from graphclust.errors import MissingDependencyError


def rdkit_chem() -> Any:
    """Return ``rdkit.Chem``.

    Raises
    ------
    MissingDependencyError
        Without RDKit; it names the extra.
    """
    try:
        from rdkit import Chem
    except ImportError as error:
        raise MissingDependencyError("rdkit", "molecules", "reading molecules") from error
    return Chem


@contextmanager
def silent() -> Iterator[None]:
    """Keep RDKit from writing to standard error: what is wrong is said by this package."""
    rdkit_chem()
    from rdkit import rdBase

    block = rdBase.BlockLogs()
    try:
        yield
    finally:
        del block


def parse(smiles: str | None) -> tuple[Any, str]:
    """Return the molecule of a SMILES and ``""``, or None and why there is none.

    Examples
    --------
    >>> with silent():
    ...     parse("CF(C)(C)C")[1]
    'Explicit valence for atom # 1 F, 4, is greater than permitted'
    """
    chem = rdkit_chem()
    text = (smiles or "").strip()
    if not text:
        return None, "it is empty"
    more = text.split(None, 1)[1:]
    if more and not more[0].startswith("|"):
        # RDKit takes what follows a blank for a name, and so would read two columns as one.
        return None, "there is a blank in it (what follows is another column?)"
    molecule = chem.MolFromSmiles(text)
    if molecule is not None:
        return molecule, ""
    # Without the checks of chemistry it may be read, and they say then what they found.
    unchecked = chem.MolFromSmiles(text, sanitize=False)
    if unchecked is None:
        return None, "it is no SMILES"
    problems = chem.DetectChemistryProblems(unchecked)
    return None, problems[0].Message() if problems else "its chemistry is refused"
