"""The literature list: complete, readable, and cited as people cite."""

from __future__ import annotations

import re

import pytest

from lintnet.rulebook.book import bundled_references
from lintnet.rulebook.errors import RuleError
from lintnet.rulebook.place import rules_root
from lintnet.rulebook.references import VERIFIED, Reference, References, read_references

ENTRY = """\
[li2019variance]
type = "inproceedings"
authors = ["Li, Xiang", "Chen, Shuo"]
title = "A title"
year = 2019
verified = "yes"
claim = "A claim."
"""


def test_every_source_of_the_bibliography_is_there() -> None:
    references = bundled_references()
    assert len(references) == 90
    assert all(key == reference.key for key, reference in references.items())
    assert list(references) == sorted(references)


@pytest.mark.parametrize("key", list(bundled_references()))
def test_every_source_is_complete_and_free_of_latex(key: str) -> None:
    reference = bundled_references()[key]
    assert reference.title
    assert reference.claim.endswith((".", "?"))
    assert all(reference.authors)
    assert 1900 < reference.year < 2100
    named = re.search(r"\d{4}", key)
    assert named
    assert abs(int(named[0]) - reference.year) <= 1, "a key may carry the year of the preprint"
    assert reference.verified in VERIFIED
    assert not reference.arxiv or re.fullmatch(r"\d{4}\.\d{4,5}", reference.arxiv)
    assert not reference.doi or re.fullmatch(r"10\.\d{4,}/\S+", reference.doi)
    assert not reference.url or reference.url.startswith("https://")
    texts = [getattr(reference, name) for name in Reference.__slots__]
    for text in (each for value in texts for each in (value if isinstance(value, tuple) else (value,))):
        assert not re.search(r"[\\{}$~]|``|''|--", str(text)), text
        assert str(text) == " ".join(str(text).split())


def test_entries_say_what_the_bibliography_said() -> None:
    references = bundled_references()
    li = references["li2019variance"]
    assert li.authors == ("Li, Xiang", "Chen, Shuo", "Hu, Xiaolin", "Yang, Jian")
    assert (li.title, li.year, li.venue) == (
        "Understanding the Disharmony Between Dropout and Batch Normalization by Variance Shift",
        2019,
        "CVPR",
    )
    assert (li.doi, li.arxiv, li.verified, li.unchecked) == (
        "10.1109/CVPR.2019.00279",
        "1801.05134",
        "yes",
        "equation numbers",
    )
    recurrent = references["cooijmans2016recurrentbn"]
    assert recurrent.authors[3] == "G\u00fcl\u00e7ehre, \u00c7a\u011flar"
    assert references["vaswani2017attention"].authors[6] == "Kaiser, \u0141ukasz"
    assert references["iandola2016squeezenet"].title == (
        "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size"
    )
    garbin = references["garbin2020dropout"]
    assert (garbin.venue, garbin.volume, garbin.number, garbin.pages) == (
        "Multimedia Tools and Applications",
        "79",
        "19\u201320",
        "12777\u201312815",
    )
    mishkin = references["mishkin2017caffenet"]
    assert (mishkin.url, mishkin.published) == ("https://github.com/ducha-aiki/caffenet-benchmark", "commit e47c4ff")
    assert references["wu2021rethinking"].title == "Rethinking \u201cBatch\u201d in BatchNorm"
    assert references["pytorch2026docs"].authors == ("PyTorch",)
    assert references["schilling2016effect"].venue == "KTH Royal Institute of Technology"
    assert references["nikanjam2021smells"].claim.endswith("agreed with 47 to 68% of them in a survey.")


@pytest.mark.parametrize(
    ("key", "short"),
    [
        ("li2019variance", "Li et al."),
        ("gal2016bayesian", "Gal and Ghahramani"),
        ("zhang2019shift", "Zhang"),
        ("laarhoven2017l2", "van Laarhoven"),
        ("dosovitskiy2021vit", "Dosovitskiy et al."),
        ("onnx2026spec", "ONNX"),
    ],
)
def test_authors_are_shortened_as_a_text_cites_them(key: str, short: str) -> None:
    assert bundled_references()[key].short_authors == short


def test_one_author_and_others_are_several() -> None:
    text = ENTRY.replace('["Li, Xiang", "Chen, Shuo"]', '["Li, Xiang", "others"]')
    assert read_references(text, "r.toml")["li2019variance"].short_authors == "Li et al."


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('verified = "yes"', 'verified = "maybe"', "verified must be one of yes, bibliographic, no"),
        ('verified = "yes"\n', "", "lacks verified"),
        ("year = 2019\n", "", "lacks year"),
        ('authors = ["Li, Xiang", "Chen, Shuo"]\n', "", "lacks authors"),
        ("year = 2019", 'year = "2019"', "`year` is not a known field, or its value has the wrong type"),
        ("year = 2019", "year = true", "`year` is not a known field"),
        ('["Li, Xiang", "Chen, Shuo"]', "[1]", "`authors` is not a known field"),
        ('["Li, Xiang", "Chen, Shuo"]', "[]", "`authors` is not a known field"),
        ("claim =", "clam =", "`clam` is not a known field"),
        ("[li2019variance]", "[li2019variance", "not valid TOML"),
        ("[li2019variance]", "li2019 = 1\n[li2019variance]", "`li2019` must be a table"),
    ],
)
def test_a_wrong_entry_is_refused(old: str, new: str, message: str) -> None:
    assert ENTRY.count(old) == 1
    with pytest.raises(RuleError, match=re.escape(message)):
        read_references(ENTRY.replace(old, new), "r.toml")


def test_a_source_can_be_found_by_identifier_pages_or_version() -> None:
    references = bundled_references()
    assert references["li2019variance"].findable
    assert references["srivastava2014dropout"].findable
    assert references["keras2026docs"].findable
    assert not references["jansma2018blog"].findable


def test_tables_read_one_by_one_are_those_of_the_whole_file() -> None:
    text = (rules_root() / "references.toml").read_text(encoding="utf-8")
    assert dict(References(text, "references.toml")) == dict(read_references(text, "references.toml"))
