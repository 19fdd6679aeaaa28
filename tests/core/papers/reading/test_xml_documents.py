"""Is XML read without unfolding entities, reaching out or trusting its size?"""

from __future__ import annotations

import pytest

from core.papers.reading.xml_documents import by_name, children, first, parse_xml, root_name, text_of, texts_of
from core.papers.source import Broken

LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS,
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
        b'<!DOCTYPE x [<!ENTITY a "ha">]><x b="&a;"/>',
    ],
    ids=["laughs", "outside", "file", "attribute"],
)
def test_a_document_type_is_refused(body):
    with pytest.raises(Broken, match="bad XML"):
        parse_xml(body)


@pytest.mark.parametrize("body", [b"", b"<a>", b"<a></b>", b"<a>&nbsp;</a>", b"words", b"<a>" * 5000, b"<a>\xff</a>"])
def test_what_is_not_well_formed_is_broken_in_one_line(body):
    with pytest.raises(Broken, match="bad XML") as caught:
        parse_xml(body)
    assert "\n" not in str(caught.value)


def test_children_are_found_by_name_whatever_their_namespace():
    root = parse_xml(b'  <a xmlns:n="urn:n"><!-- c --><n:b>1<i>2</i></n:b><b>3</b><c/></a>')
    assert len(list(children(root, "b"))) == 2
    assert text_of(root, "b") == "12"
    assert texts_of(root, "b") == ["12", "3"]
    assert text_of(root, "d") is None
    assert first(root, "d") is None
    assert {name: len(found) for name, found in by_name(root).items()} == {"b": 2, "c": 1}


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'<?xml version="1.0"?><!-- <fake> --><n:feed xmlns:n="x">', "feed"),
        (b"\n <OAI-PMH>", "OAI-PMH"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"words <a>", None),
        (b"", None),
    ],
)
def test_the_first_element_tells_what_a_document_is(head, name):
    assert root_name(head) == name
