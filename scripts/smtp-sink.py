#!/usr/bin/python3
"""A mail server for the tests: aiosmtpd (Debian's python3-aiosmtpd) on a port of 127.0.0.1.

    smtp-sink.py PORT [USER PASSWORD]

PORT 0 takes a free one. Prints the port, then a line of JSON for each mail that it takes: the envelope, and the message
as Python's e-mail package reads it. Refuses whoever is called nobody@, and everybody without the password, where one is given.
"""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Inbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return f"550 5.1.1 there is no <{address}> here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "text": message.get_content().replace("\r\n", "\n"),
        }
        print(json.dumps(mail), flush=True)
        return "250 OK"


def session(credentials):
    if not credentials:
        return SMTP(Inbox())
    expected = [text.encode() for text in credentials]

    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=[data.login, data.password] == expected)

    return SMTP(Inbox(), authenticator=authenticate, auth_required=True, auth_require_tls=False)


async def main(port, *credentials):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: session(credentials), "127.0.0.1", int(port))
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
