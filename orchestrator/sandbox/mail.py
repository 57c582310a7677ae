"""The mail sink: takes what the sites send and keeps it, so that one can see it arrived.

    python -m orchestrator.sandbox.mail --address IP --smtp PORT --inbox PORT --folder DIR

`GET /` answers a JSON list of the messages taken, oldest first; `GET /<number>` one message whole.

It refuses as relays do: whoever lives at `refuse.example` is not taken as a recipient, with
`550 5.7.1`, so that one can see what a site and its acceptance make of a refusal. The other
recipients of the same message are served.
"""

from __future__ import annotations

import argparse
import asyncio
import email
import email.policy
import json
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from threading import Thread

from aiosmtpd.smtp import SMTP, Envelope, Session

REFUSED_DOMAIN = "refuse.example"  # a name that RFC 2606 keeps out of the real world
_LARGEST = 10 * 2**20


class Sink:
    """Keeps each message as a file `<number>.eml` and a line about it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self.list = folder / "list.jsonl"
        self.list.touch(mode=0o600)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take one recipient, or refuse him for good."""
        if address.rpartition("@")[2].lower() == REFUSED_DOMAIN:
            return f"550 5.7.1 <{address}>: relay access denied"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 recipient taken"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take one message."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        number = len(self.messages()) + 1
        (self.folder / f"{number}.eml").write_bytes(content)
        line = {
            "number": number,
            "from": envelope.mail_from,
            "to": list(envelope.rcpt_tos),
            "subject": str(message["subject"] or ""),
            "at": datetime.now(UTC).isoformat(),
            "size": len(content),
        }
        with self.list.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return "250 taken"

    def messages(self) -> list[str]:
        """One JSON line a message."""
        return self.list.read_text(encoding="utf-8").splitlines()


def _inbox(sink: Sink) -> type[BaseHTTPRequestHandler]:
    class Inbox(BaseHTTPRequestHandler):
        """Shows what was taken."""

        def do_GET(self) -> None:
            """The list, or one message."""
            wanted = self.path.strip("/")
            if not wanted:
                self._answer("application/json", f"[{','.join(sink.messages())}]".encode())
            elif wanted.isdigit() and (sink.folder / f"{wanted}.eml").exists():
                self._answer("message/rfc822", (sink.folder / f"{wanted}.eml").read_bytes())
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def log_message(self, *_arguments: object) -> None:
            """Being looked at is no news."""

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Inbox


class _Nameless(ThreadingHTTPServer):
    """Does not ask for its own name: nobody would answer, and it would wait for ten seconds."""

    def server_bind(self) -> None:
        TCPServer.server_bind(self)


async def _serve(arguments: argparse.Namespace) -> None:
    sink = Sink(arguments.folder)
    server = _Nameless((arguments.address, arguments.inbox), _inbox(sink))
    Thread(target=server.serve_forever, daemon=True).start()
    smtp = await asyncio.get_running_loop().create_server(
        lambda: SMTP(sink, data_size_limit=_LARGEST, enable_SMTPUTF8=True, hostname="sandbox"),
        arguments.address,
        arguments.smtp,
    )
    async with smtp:
        await smtp.serve_forever()


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--smtp", type=int, required=True)
    parser.add_argument("--inbox", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
