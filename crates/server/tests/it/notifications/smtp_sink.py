"""A mail server that keeps nothing: prints its port, then each mail as a line of JSON.

usage: smtp_sink.py [--certificate FILE --key FILE [--starttls]] [--user NAME --password WORD] [--port NUMBER]
Recipients beginning with "later" are put off once each, those with "never" are refused.
"""

import argparse
import asyncio
import json
import ssl
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--starttls", action="store_true")
parser.add_argument("--user")
parser.add_argument("--password")
parser.add_argument("--port", type=int, default=0)
options = parser.parse_args()
put_off = set()


class Sink:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("never"):
            return "550 5.1.1 nobody of that name"
        if address.startswith("later") and address not in put_off:
            put_off.add(address)
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = {"to": envelope.rcpt_tos, "from": envelope.mail_from, "at": time.monotonic()}
        mail["data"] = envelope.content.decode("utf-8", "replace")
        print(json.dumps(mail), flush=True)
        return "250 2.0.0 kept"


def authenticate(server, session, envelope, mechanism, data):
    given = (data.login.decode(), data.password.decode())
    return AuthResult(success=given == (options.user, options.password), handled=False)


def certificate():
    if not options.certificate:
        return None
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(options.certificate, options.key)
    return tls


def protocol():
    return SMTP(
        Sink(),
        tls_context=certificate() if options.starttls else None,
        require_starttls=options.starttls,
        enable_SMTPUTF8=True,
        hostname="sink",
        auth_require_tls=False,
        auth_required=options.user is not None,
        authenticator=authenticate if options.user else None,
    )


async def main():
    tls = None if options.starttls else certificate()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", options.port, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Whoever started it is gone when there is nothing more to read.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
