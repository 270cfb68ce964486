"""Notices go out: each to its topic at once, mail at most once a minute."""

from datetime import timedelta

import pytest

from tenantry.domain.errors import Unavailable
from tenantry.domain.notices import Notice, NoticeRow
from tenantry.domain.writes import Put
from tenantry.usecases.inputs import Relay
from tenantry.usecases.relaying import relay_notices
from tests.flows.conftest import drop_version
from tests.flows.twins import OPERATOR
from tests.flows.world import World

ACME = "arn:aws:sns:us-east-1:123456789012:tenantry-acme"
ALL = Relay()


def tell(world: World, name: str, audience: str = "acme", state: str = "LIVE", **more: str) -> None:
    """Put a notice into the outbox."""
    notice = Notice(
        id=name,
        about="release",
        tenant="acme",
        model="churn",
        version=name,
        state=state,
        reason="r",
        at=world.now(),
        **more,
    )
    world.twins.registry.commit(Put(row=NoticeRow(audience=audience, notice=notice, due=world.now())))


def sent(world: World, topic: str = ACME) -> list[str]:
    return [notice.id for arn, notice in world.twins.channels.notices if arn == topic]


def mails(world: World, topic: str = ACME) -> list[str]:
    return [mail.subject for mail in world.twins.channels.mails if mail.topic_arn == topic]


@pytest.fixture
def quiet(serving: World) -> World:
    """Everything was sent, and a minute ago."""
    for _ in range(2):
        serving.twins.clock.sleep(61)
        relay_notices(ALL, serving.twins)
    serving.twins.channels.notices.clear()
    serving.twins.channels.mails.clear()
    serving.twins.clock.sleep(61)
    return serving


def test_each_notice_is_published_and_mail_is_coalesced(quiet: World) -> None:
    for name in ("1", "2", "3"):
        tell(quiet, name)
    result = relay_notices(ALL, quiet.twins)
    assert (result.sent, result.mails) == (3, 1)
    assert sent(quiet) == ["1", "2", "3"]
    assert mails(quiet) == ["[Tenantry] 3 notices: 3 LIVE"]


def test_a_second_mail_waits_for_its_minute_but_the_notice_does_not(quiet: World) -> None:
    tell(quiet, "1")
    relay_notices(ALL, quiet.twins)
    tell(quiet, "2")
    tell(quiet, "3")
    relay_notices(ALL, quiet.twins)
    assert (sent(quiet), len(mails(quiet))) == (["1", "2", "3"], 1)
    quiet.twins.clock.sleep(61)
    relay_notices(ALL, quiet.twins)
    assert mails(quiet)[1:] == ["[Tenantry] 2 notices: 2 LIVE"]
    relay_notices(ALL, quiet.twins)
    assert (len(sent(quiet)), len(mails(quiet))) == (3, 2)


def test_one_audience_does_not_wait_for_another(quiet: World) -> None:
    tell(quiet, "1")
    relay_notices(ALL, quiet.twins)
    tell(quiet, "2", audience="")
    relay_notices(Relay(audiences=("", "other")), quiet.twins)
    assert (sent(quiet, OPERATOR), len(mails(quiet, OPERATOR))) == (["2"], 1)


def test_only_the_audiences_that_were_asked_for(quiet: World) -> None:
    tell(quiet, "1")
    assert relay_notices(Relay(audiences=("",)), quiet.twins).sent == 0
    assert relay_notices(Relay(audiences=("acme",)), quiet.twins).sent == 1


def test_what_was_sent_goes_with_its_time_to_live(quiet: World) -> None:
    tell(quiet, "1")
    relay_notices(ALL, quiet.twins)
    [row] = [row for row in quiet.twins.registry.rows(NoticeRow, "TENANT#acme", "NOTICE#") if row.notice.id == "1"]
    assert row.work is None
    assert row.expires == int((quiet.now() + timedelta(days=30)).timestamp())


@pytest.mark.parametrize("after", [False, True])
def test_a_failed_publish_is_done_again(quiet: World, *, after: bool) -> None:
    tell(quiet, "1")
    quiet.twins.channels.faults.fail_next("send", Unavailable("throttled"), after=after)
    with pytest.raises(Unavailable):
        relay_notices(ALL, quiet.twins)
    relay_notices(ALL, quiet.twins)
    assert sent(quiet) == (["1", "1"] if after else ["1"]), "at least once"


def test_a_topic_that_is_gone_does_not_stop_the_others(quiet: World) -> None:
    del quiet.twins.channels.topics[ACME]
    tell(quiet, "1")
    tell(quiet, "2", audience="")
    relay_notices(ALL, quiet.twins)
    assert sent(quiet, OPERATOR) == ["2"]
    [row] = [row for row in quiet.twins.registry.rows(NoticeRow, "TENANT#acme", "NOTICE#") if row.notice.id == "1"]
    assert row.work is None, "nobody is left to be told"


def test_superseded_versions_are_folded_into_the_mail_of_what_superseded_them(quiet: World) -> None:
    """Three releases are in flight; of those that wait, the newest goes live and supersedes the other."""
    for version in ("2", "3", "4", "5", "6"):
        drop_version(quiet, version)
    quiet.run()
    quiet.twins.clock.sleep(61)
    relay_notices(ALL, quiet.twins)
    told = {notice.version: notice.state for arn, notice in quiet.twins.channels.notices if arn == ACME}
    assert told == {"2": "LIVE", "3": "LIVE", "4": "LIVE", "5": "SUPERSEDED", "6": "LIVE"}, "queues get each"
    text = "".join(mail.text for mail in quiet.twins.channels.mails if mail.topic_arn == ACME)
    assert "It superseded version 5, which did not go live." in text
