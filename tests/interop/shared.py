"""What the clients in Python have in common: NAME_client.py WHAT ISSUER CLIENT [SECRET]

Each says what happens in lines that tests/interop.rs reads, and asks the token
endpoint about a device when it is told to go on."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests

what, issuer, client_id, secret = (sys.argv[1:] + [None])[:4]


def say(word, value=""):
    print(word, value, flush=True)


def discovered(document):
    return requests.get(f"{issuer}/.well-known/{document}").json()


def who(session):
    answer = session.get(f"{issuer}/api/my/profile")
    return answer.json()["name"] if answer.ok else answer.status_code


def device_code(server, **scope):
    asked = requests.post(
        server["device_authorization_endpoint"], data={"client_id": client_id, **scope}
    ).json()
    say("user_code", asked["user_code"])
    say("complete", asked["verification_uri_complete"])
    return asked["device_code"]


def poll(fetch, fault):
    """Asks until there is a token, or an end."""
    while sys.stdin.readline():
        try:
            return fetch()
        except fault as refusal:
            say("told", refusal.error)
            if refusal.error not in ("authorization_pending", "slow_down"):
                raise


class Back(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.url = f"http://{self.headers['Host']}{self.path}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"back at the program")

    def log_message(self, *_):
        pass


class Listener(HTTPServer):
    """Where the browser is sent back to, once."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Back)
        self.back = f"http://127.0.0.1:{self.server_port}/back"

    def came(self):
        self.handle_request()
        return self.url


def run(fault, **ways):
    try:
        ways[what]()
    except fault as refusal:
        say("error", refusal.error)
