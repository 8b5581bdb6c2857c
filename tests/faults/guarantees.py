"""What has to hold at the end of an ordeal, whatever was struck."""

from __future__ import annotations

import threading
from collections import Counter

from tests.faults.history import Call
from tests.faults.load import verify
from tests.faults.ordeal import CLIENTS, PER_SECOND, Ordeal, Quota

HEALED_SECONDS_MAX = 10
ANSWER_SECONDS_MAX = 10
#: PostgreSQL hands out this part of what is left of a quota at a time, at most.
CHUNK_SHARE = 1 / 16
#: What a lost tail takes with it: its own seconds, and what the flusher had not carried away.
LOST_SECONDS = 5
STOPPED_CODES = {"revoke": "revoked", "disable": "disabled", "delete": "not_found"}


def only_foreseen_answers(ordeal: Ordeal) -> None:
    """Verifies are decided or undetermined, mutations done or to be repeated: never a 500."""
    unforeseen = ordeal.history.that(lambda call: not call.foreseen)
    assert not Counter((call.status, call.code) for call in unforeseen.calls)
    assert not [*ordeal.writer.unforeseen, *ordeal.stopper.unforeseen]


def healed_by_itself(ordeal: Ordeal) -> None:
    """Seconds after the part was there again, verifies were answered as if nothing had been."""
    late = [s for s in ordeal.struck if s.healed_at - s.returned_at > HEALED_SECONDS_MAX]
    assert not late
    assert ordeal.history.slowest_seconds < ANSWER_SECONDS_MAX


def no_stopped_key_was_valid(ordeal: Ordeal) -> None:
    """No verify that began after a revoke, disable or delete had returned was valid, ever."""
    assert ordeal.stopper.stopped
    calls = ordeal.history.by_key()
    for stopped in ordeal.stopper.stopped:
        later = calls[stopped.key.id].started_after(stopped.returned_at)
        assert not later.passed().calls, stopped
    with ordeal.site.client() as client:
        for stopped in ordeal.stopper.stopped:
            answer = client.settled("POST", "/api_keys/verify", {"secret": stopped.key.secret})
            assert answer.code == STOPPED_CODES[stopped.how], stopped


def acknowledged_writes_are_there(ordeal: Ordeal) -> None:
    """Every key that was created exists, with the last description that was acknowledged."""
    assert ordeal.writer.keys
    with ordeal.site.client() as client:
        for key_id, written in ordeal.writer.keys.items():
            answer = client.settled("GET", f"/api_keys/{key_id}")
            assert answer.status == 200, key_id
            assert answer.body["description"] in {written.acknowledged, *written.possible}


def the_trail_is_whole(ordeal: Ordeal) -> None:
    """The chain of audit events verifies."""
    ordeal.site.manage("audit_verify")


def no_quota_was_oversold(ordeal: Ordeal) -> None:
    """Never did more pass than a quota has."""
    for quota in ordeal.quotas:
        assert ordeal.history.of(quota.key.id).passed().units <= quota.units, quota.key.created


def no_second_was_oversold(ordeal: Ordeal) -> None:
    """In no second did more pass than a bucket and what is refilled meanwhile."""
    passed = ordeal.history.of(ordeal.limited.id).passed()
    assert passed.calls
    assert passed.most_within(1.0) <= 2 * PER_SECOND - 1


def the_rest_can_be_spent(ordeal: Ordeal, *, losses: int = 0) -> None:
    """After reconciliation a quota can be spent to its end, and not one unit further.

    What the clients cannot know of may have been taken; each loss may cost one chunk.
    """
    ordeal.site.manage("apikeys_worker", "--once")
    ordeal.site.manage("apikeys_reconcile")
    for quota in ordeal.quotas:
        _spend(ordeal, quota)
    ordeal.write()
    no_quota_was_oversold(ordeal)
    for quota in ordeal.quotas:
        calls = ordeal.history.of(quota.key.id)
        short = quota.units - calls.passed().units
        lost = quota.units * (1 - (1 - CHUNK_SHARE) ** losses)  # each a share of what is left
        assert short <= calls.unresolved().units + lost, quota.key.created


def usage_is_what_was_answered(ordeal: Ordeal) -> None:
    """Each use is counted once, whoever was killed; of lost answers some may be counted."""
    ordeal.site.manage("apikeys_worker", "--once")
    for key in ordeal.keys:
        calls, total = ordeal.history.of(key.id), ordeal.site.total_requests(key)
        passed = len(calls.passed())
        unresolved = len(calls.unresolved())
        assert 0 <= total - passed <= unresolved, f"{total} of {passed}: {key.created}"
    uses = ordeal.quotas[0]
    assert ordeal.site.total_requests(uses.key) == uses.units


def usage_lacks_no_more_than_the_lost_tails(ordeal: Ordeal) -> None:
    """No use is counted twice, and only those of the last seconds before a loss are missing."""
    ordeal.site.manage("apikeys_worker", "--once")
    for key in ordeal.keys:
        calls, total = ordeal.history.of(key.id), ordeal.site.total_requests(key)
        passed = calls.passed()
        lost = len(passed.that(lambda call: _may_be_lost(ordeal, call)))
        assert len(passed) - lost <= total <= len(passed) + len(calls.unresolved()), key.created


def _may_be_lost(ordeal: Ordeal, call: Call) -> bool:
    return any(
        struck.began_at - LOST_SECONDS < call.ended_at < struck.healed_at
        for struck in ordeal.struck
    )


def _spend(ordeal: Ordeal, quota: Quota) -> None:
    threads = [threading.Thread(target=_spend_alone, args=[ordeal, quota]) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _spend_alone(ordeal: Ordeal, quota: Quota) -> None:
    """Verify until that is refused, or far more has passed than there ever was."""
    with ordeal.site.client(threading.get_ident()) as client:
        for _ in range(quota.units * 2):
            call = verify(client, quota.key)
            ordeal.history.add(call)
            if call.refused:
                return
