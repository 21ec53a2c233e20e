import json
import re
from html import escape
from html.parser import HTMLParser

import folium
import pytest

from maps import page
from maps.assets import ASSETS, SHEET_MODULES, file_of
from maps.page import Inlined, Linked, UnknownAssetError
from tests.maps import town


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def addresses(html):
    return [
        value
        for _, attrs in Tags(html).found
        for name, value in attrs.items()
        if name in ("src", "href")
    ]


def test_a_linked_page_names_only_its_own_server(sheet):
    html = page.render(sheet, Linked("/assets"))

    assert all(address.startswith("/assets/") for address in addresses(html))
    assert {address.removeprefix("/assets/") for address in addresses(html)} <= set(ASSETS)
    assert re.findall(r"https?://", html) == []


def test_an_inlined_page_names_no_address_at_all(sheet, web):
    html = page.render(sheet, Inlined(web))

    assert addresses(html) == []
    assert re.findall(r"url\((?!#)", html) == []
    assert "sourceMappingURL" not in html


def test_every_inline_script_style_and_link_carries_the_nonce(sheet, web):
    for assets in (Linked(), Inlined(web)):
        tags = Tags(page.render(sheet, assets, nonce="q1w2e3")).found

        guarded = [attrs for tag, attrs in tags if tag in ("script", "style", "link")]
        assert len(guarded) >= 6
        assert all(attrs.get("nonce") == "q1w2e3" for attrs in guarded)
        assert not [attrs for _, attrs in tags if any(name.startswith("on") for name in attrs)]
        assert not [attrs for _, attrs in tags if "style" in attrs]


def test_a_file_that_folium_newly_wants_is_an_error_and_not_a_request(sheet, monkeypatch):
    wanted = [*folium.Map.default_js, ("tracker", "https://example.org/tracker.js")]
    monkeypatch.setattr(folium.Map, "default_js", wanted)

    with pytest.raises(UnknownAssetError, match="tracker"):
        page.render(sheet, Linked())


def test_the_same_sheet_is_the_same_page(sheet):
    assert page.render(sheet, Linked()) == page.render(sheet, Linked())


def test_the_page_says_what_it_is_in_its_language(sheet):
    html = page.render(sheet, Linked())

    assert f'<html lang="{sheet.language}">' in html
    assert f"<h1>{sheet.title}</h1>" in html
    assert "2026-11-21 14:05" in html
    assert escape(sheet.about.source, quote=False).replace("'", "&#39;") in html


def test_what_people_typed_cannot_become_markup(grids, townships):
    about = town.about()
    named = townships.assign(name="</script><script>alert(1)</script>")
    evil = grids.assign(name='"><img src=x onerror=alert(1)>', township_name="</script>")
    sheet = town.sheet("frequency", about, evil, named)

    html = page.render(sheet, Linked())

    assert "alert(1)</script>" not in html
    assert "<img" not in html
    data = re.search(r'id="sheet-data">(.*?)</script>', html, re.DOTALL)
    assert json.loads(data.group(1))["key"] == "frequency"


def test_every_asset_is_a_file(web):
    for name in ASSETS:
        assert file_of(name, web).is_file(), name


def test_every_module_that_the_scripts_import_is_served(web):
    for name in SHEET_MODULES:
        text = file_of(f"sheet/{name}.js", web).read_text(encoding="utf-8")
        for wanted in re.findall(r'^import .* from "sheet/(\w+)"', text, re.MULTILINE):
            assert wanted in SHEET_MODULES


def test_a_name_that_is_not_in_the_table_is_not_served(web):
    with pytest.raises(KeyError):
        file_of("../../../etc/passwd", web)
