"""Put the data set cards, which live at the top of the repository, inside the wheel."""

from setuptools import find_packages, setup

CARDS = "graphclust._cards"

setup(
    packages=[*find_packages(include=["graphclust*"]), CARDS],
    package_dir={CARDS: "datasets"},
    package_data={
        CARDS: ["*.json"],
        "graphclust.bench": ["paper/*.toml"],
        "graphclust": ["py.typed"],
    },
)
