"""An XMPP client made with Debian's python3-slixmpp.

Signs in (STARTTLS, SASL PLAIN, bind), reads the roster and sends presence; with --to and --text sends a chat message.
Prints one JSON line for each thing that happens. Leaves when its own presence has come back and, with --to, also the
other's presence; with --listen, when a message has come. It gives up after eight seconds.
"""

import argparse
import asyncio
import json

import slixmpp

parser = argparse.ArgumentParser()
for name in ("address", "port", "ca", "jid", "password"):
    parser.add_argument(name)
parser.add_argument("--to")
parser.add_argument("--text")
parser.add_argument("--listen", action="store_true")
options = parser.parse_args()
limit_seconds = 8


def say(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Client(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(options.jid, options.password, sasl_mech="PLAIN")
        self.ca_certs = options.ca
        self.present = set()
        self.done = asyncio.Event()
        for event, handler in {
            "tls_success": lambda _: say("tls"),
            "ssl_invalid_chain": lambda error: self.give_up("untrusted", str(error)),
            "failed_auth": lambda stanza: self.give_up("refused", stanza["condition"]),
            "connection_failed": lambda error: self.give_up("unreachable", str(error)),
            "disconnected": lambda _: self.done.set(),
            "session_start": self.start,
            "presence_available": self.see,
            "message": self.read,
        }.items():
            self.add_event_handler(event, handler)

    def give_up(self, event, reason):
        say(event, reason=reason)
        self.done.set()

    async def start(self, _):
        say("bound", jid=self.boundjid.full)
        await self.get_roster()
        say("roster", contacts=sorted(self.client_roster))
        self.send_presence()
        if options.to is not None:
            self.send_message(mto=options.to, mbody=options.text, mtype="chat")

    def see(self, stanza):
        say("presence", **{"from": stanza["from"].full})
        self.present.add(stanza["from"].bare)
        awaited = {self.boundjid.bare, options.to or self.boundjid.bare}
        if awaited <= self.present and not options.listen:
            self.done.set()

    def read(self, stanza):
        say("message", **{"from": stanza["from"].bare, "body": stanza["body"]})
        if options.listen:
            self.done.set()


async def main():
    client = Client()
    client.connect((options.address, int(options.port)), force_starttls=True)
    try:
        await asyncio.wait_for(client.done.wait(), limit_seconds)
    except asyncio.TimeoutError:
        say("timeout")
    await client.disconnect(wait=1)


# slixmpp 1.8 makes its own loop where it finds none; process(timeout=) does not work on Python 3.11.
asyncio.get_event_loop().run_until_complete(main())
