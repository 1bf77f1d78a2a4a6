"""PyPI requests-oauthlib against an instance:
requests_oauthlib_client.py WHAT ISSUER CLIENT [SECRET]

Says what happens in lines that tests/interop.rs reads."""

import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests
from oauthlib.oauth2 import BackendApplicationClient, DeviceClient, OAuth2Error
from requests_oauthlib import OAuth2Session

what, issuer, client_id, secret = (sys.argv[1:] + [None])[:4]
server = requests.get(f"{issuer}/.well-known/oauth-authorization-server").json()


def say(word, value=""):
    print(word, value, flush=True)


def who(session):
    answer = session.get(f"{issuer}/api/my/profile")
    return answer.json()["name"] if answer.ok else answer.status_code


def revoke(session):
    url, headers, body = session._client.prepare_token_revocation_request(
        server["revocation_endpoint"], session.access_token, client_id=client_id
    )
    answer = requests.post(url, headers=headers, data=body)
    say("revoked", answer.status_code)
    say("after", who(session))


def device(hasty):
    """Polls at once, as many do, and then at the pace it was told."""
    session = OAuth2Session(client=DeviceClient(client_id), scope=["profile:read", "mesh:read"])
    asked = requests.post(
        server["device_authorization_endpoint"],
        # requests writes a list as a parameter that stands twice.
        data={"client_id": client_id, "scope": session.scope},
    ).json()
    say("user_code", asked["user_code"])
    if not hasty:
        sys.stdin.readline()
    interval = 0 if hasty else asked["interval"]
    while True:
        try:
            # By default it shows an empty secret in a Basic header.
            session.fetch_token(server["token_endpoint"], device_code=asked["device_code"])
            break
        except OAuth2Error as fault:
            say("told", fault.error)
            if fault.error == "slow_down":
                interval += 5
            elif fault.error != "authorization_pending":
                raise
        time.sleep(interval)
    say("scope", " ".join(session.token["scope"]))
    say("name", who(session))
    revoke(session)


def credentials():
    session = OAuth2Session(client=BackendApplicationClient(client_id))
    for in_body in (None, True):
        session.fetch_token(
            server["token_endpoint"], client_secret=secret, include_client_id=in_body
        )
        say("scope", " ".join(session.token["scope"]))
        say("name", who(session))


class Back(BaseHTTPRequestHandler):
    """Where the browser is sent back to."""

    def do_GET(self):
        self.server.url = f"http://{self.headers['Host']}{self.path}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"back at the program")

    def log_message(self, *_):
        pass


def code():
    listener = HTTPServer(("127.0.0.1", 0), Back)
    session = OAuth2Session(
        client_id,
        redirect_uri=f"http://127.0.0.1:{listener.server_port}/back",
        scope=["profile:read"],
        pkce="S256",
    )
    say("open", session.authorization_url(server["authorization_endpoint"])[0])
    listener.handle_request()
    session.fetch_token(
        server["token_endpoint"],
        authorization_response=listener.url,
        include_client_id=True,
        client_secret=secret if secret else "",
    )
    say("name", who(session))
    if not secret:
        revoke(session)


try:
    if what == "credentials":
        credentials()
    elif what == "code":
        code()
    else:
        device(what == "device-hasty")
except OAuth2Error as fault:
    say("error", fault.error)
