"""How the load generator cuts answers from a stream, and what it lets count."""

from __future__ import annotations

import pytest

from benchmarks import wire
from benchmarks.wire import Answer, Expectation, WrongAnswer

PLAIN = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood"
CHUNKED = (
    b"HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nno,\r\na\r\n not today\r\n0\r\n\r\n"
)


@pytest.mark.parametrize(
    ("whole", "answer"), [(PLAIN, Answer(200, b"good")), (CHUNKED, Answer(503, b"no, not today"))]
)
def test_an_answer_is_known_by_its_last_byte_and_not_before(whole: bytes, answer: Answer) -> None:
    assert all(wire.split(whole[:length]) is None for length in range(len(whole)))
    assert wire.split(whole + b"HTTP") == (answer, len(whole))


def test_an_empty_answer_is_whole_with_its_head() -> None:
    head = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
    assert wire.split(head) == (Answer(204, b""), len(head))


def test_an_answer_that_does_not_say_where_it_ends_ends_the_benchmark() -> None:
    with pytest.raises(WrongAnswer, match="without its length"):
        wire.split(b"HTTP/1.1 200 OK\r\nserver: x\r\n\r\n")


@pytest.mark.parametrize("answer", [Answer(200, b'{"valid":false}'), Answer(503, b'"valid":true')])
def test_neither_the_status_nor_the_body_alone_makes_an_answer_right(answer: Answer) -> None:
    with pytest.raises(WrongAnswer):
        Expectation(200, b'"valid":true').check(answer)


def test_a_request_says_how_long_its_body_is() -> None:
    assert wire.json_post("/verify", b"{}", {"X-Key": "k"}) == (
        b"POST /verify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"X-Key: k\r\nContent-Length: 2\r\n\r\n{}"
    )
