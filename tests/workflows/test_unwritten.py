"""A message that cannot be written for its channel: nobody gets a nameless letter, no case stands still for it."""

from tests.doings import invoiced, spoken
from tests.life import begin
from tests.world import World, debtor

ONLY_PAPER = {"email": None, "phone": None}


async def test_a_letter_that_cannot_print_its_addressee_is_held_for_a_person(world: World) -> None:
    case = await begin(world, debtor=debtor(name="王小明", **ONLY_PAPER))
    await case.step()
    (letter,) = await case.deliveries()
    assert (letter.channel, letter.state) == ("letter", "failed")
    (task,) = await world.rows("select kind, why from task where case_id = :case", case=case.case_id)
    assert task.kind == "address"
    assert "cannot be printed" in task.why


async def test_the_case_goes_on_after_it(world: World) -> None:
    case = await begin(world, debtor=debtor(name="王小明", **ONLY_PAPER))
    await case.step()
    assert (await case.next()).at is not None


async def test_a_name_in_the_letters_of_its_owner_is_no_obstacle(world: World) -> None:
    case = await begin(world, debtor=debtor(name="محمد العلي", **ONLY_PAPER))
    await case.until("invoice", "letter")
    (letter,) = await case.deliveries()
    assert letter.state == "accepted"


async def test_a_reference_of_25_digits_does_not_keep_an_sms_from_going(world: World) -> None:
    case = await invoiced(world, reference="1234567890123456789012349")
    await case.until("due-date-reminder", "sms")
    assert [d.state for d in await case.deliveries() if d.channel == "sms"] == ["accepted"], await spoken(case)
