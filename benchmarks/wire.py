"""HTTP/1.1 as the load generator needs it: requests as bytes, and answers cut from a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_END_OF_HEAD = b"\r\n\r\n"
_EXCERPT_BYTES = 300


class WrongAnswer(Exception):
    """A server answered something else than what is measured; the benchmark ends."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """The status of every answer, and bytes that its body has to hold."""

    status: int
    marker: bytes = b""

    def check(self, answer: Answer) -> None:
        """Raise `WrongAnswer` unless the answer is as expected."""
        if answer.status != self.status or self.marker not in answer.body:
            excerpt = answer.body[:_EXCERPT_BYTES]
            raise WrongAnswer(f"{answer.status} instead of {self.status}: {excerpt!r}")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its status and its whole body."""

    status: int
    body: bytes


def request(
    method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> bytes:
    """A whole request, ready to be sent on a connection that stays open."""
    fields = {"Host": "127.0.0.1", **(headers or {})}
    if body:
        fields["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def json_post(path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """A POST of a JSON document."""
    return request("POST", path, {"Content-Type": "application/json", **(headers or {})}, body)


def split(received: bytes) -> tuple[Answer, int] | None:
    """The first answer in what was received and its length in bytes; None if it is not whole.

    Raises `WrongAnswer` for one that does not say where it ends.
    """
    end = received.find(_END_OF_HEAD)
    if end < 0:
        return None
    start = end + len(_END_OF_HEAD)
    head = received[:start]
    length = _content_length(head)
    if length is None:
        found = _unchunked(head, received, start)
        return found and (Answer(int(head[9:12]), found[0]), found[1])
    if len(received) < start + length:
        return None
    return Answer(int(head[9:12]), received[start : start + length]), start + length


def _content_length(head: bytes) -> int | None:
    # Servers that are measured write the name in one of two ways; folding the head costs more.
    for name in (b"\r\ncontent-length: ", b"\r\nContent-Length: "):
        at = head.find(name)
        if at >= 0:
            start = at + len(name)
            return int(head[start : head.index(b"\r\n", start)])
    return None


def _unchunked(head: bytes, received: bytes, start: int) -> tuple[bytes, int] | None:
    """The body that comes in chunks, as a Django without CommonMiddleware sends it, and its end."""
    if b"chunked" not in head.lower():
        raise WrongAnswer(f"an answer without its length: {head[:_EXCERPT_BYTES]!r}")
    chunks: list[bytes] = []
    while (line := received.find(b"\r\n", start)) >= 0:
        length = int(received[start:line], 16)
        start = line + 2 + length + 2
        if start > len(received):
            return None
        if not length:
            return b"".join(chunks), start
        chunks.append(received[line + 2 : start - 2])
    return None
