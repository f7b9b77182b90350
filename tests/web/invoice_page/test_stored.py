"""What is stored is shown to who has proved to be the debtor, as a page and as a file, and to nobody else."""

import re

import pytest

from domain.languages import LANGUAGES, Language
from simulator.emulators.providers import Providers
from tests.begin import BEGIN
from tests.web.door import Door
from tests.web.invoice_page.test_prove import ask, code_in, opened, type_code
from views.stored_about import KEPT
from web.invoice_page.stored import word_of
from web.pages import words


async def proven(hall: Door, providers: Providers) -> str:
    await hall.send_invoice()
    here = await opened(hall)
    asked = await ask(hall, here, wanted="stored")
    assert await type_code(hall, here, asked, code_in(providers), wanted="stored") == f"{here}/stored"
    return here


async def test_a_code_opens_it_as_a_page_and_as_a_file(hall: Door, providers: Providers) -> None:
    here = await proven(hall, providers)
    page = await hall.client.get(f"{here}/stored")
    assert page.status_code == 200
    for said in (
        "Det vi har lagret om deg",
        "kari@example.no",
        "Storgata 1",
        "bokføringsloven",
        "Nettleie &lt;oktober&gt;",
    ):
        assert said in page.text
    assert "<dt>Forfallsdato</dt>" in page.text
    assert re.findall(r"<dt>[a-z_]+</dt>", page.text) == []
    file = await hall.client.get(f"{here}/stored.json")
    assert file.headers["content-disposition"] == 'attachment; filename="det-vi-vet-om-deg.json"'
    told = file.json()
    assert [each["what"] for each in told["stored"]] == [kept.table for kept in KEPT]
    assert all(each["why"] and each["how_long"] for each in told["stored"])


@pytest.mark.parametrize("form", ["stored", "stored.json"])
async def test_the_link_alone_is_asked_for_more(hall: Door, form: str) -> None:
    await hall.send_invoice()
    answer = await hall.client.get(f"{await opened(hall)}/{form}")
    assert (answer.status_code, answer.headers["location"].endswith("/prove?for=stored")) == (303, True)


@pytest.mark.parametrize("form", ["stored", "stored.json"])
async def test_it_opens_to_nobody_where_somebody_stands_in(hall: Door, providers: Providers, form: str) -> None:
    here = await proven(hall, providers)
    await hall.rows(
        """insert into life_event (debtor_id, kind, value, by, happened_at)
        select id, 'guardian', '"Per Verge"', 'anne', :now from debtor where creditor_id = :c returning 1""",
        c=hall.creditor,
        now=BEGIN,
    )
    answer = await hall.client.get(f"{here}/{form}")
    assert answer.status_code == 404
    assert "Kari" not in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_has_its_words(language: Language) -> None:
    t = words(language)
    named = {word_of(kept.table) for kept in KEPT}
    assert [word for word in named if not (t.get(f"stored_name_{word}") and t.get(f"stored_why_{word}"))] == []
