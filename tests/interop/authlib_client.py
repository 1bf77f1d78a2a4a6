"""PyPI authlib against an instance: authlib_client.py WHAT ISSUER CLIENT [SECRET]

Says what happens in lines that tests/interop.rs reads."""

import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session, OAuthError

what, issuer, client_id, secret = (sys.argv[1:] + [None])[:4]
# It knows the document by the name that OpenID gave it.
server = requests.get(f"{issuer}/.well-known/openid-configuration").json()


def say(word, value=""):
    print(word, value, flush=True)


def who(session):
    answer = session.get(f"{issuer}/api/my/profile")
    return answer.json()["name"] if answer.ok else answer.status_code


def device():
    session = OAuth2Session(client_id, token_endpoint_auth_method="none")
    asked = requests.post(
        server["device_authorization_endpoint"], data={"client_id": client_id}
    ).json()
    say("user_code", asked["user_code"])
    while True:
        try:
            session.fetch_token(
                server["token_endpoint"],
                grant_type="urn:ietf:params:oauth:grant-type:device_code",
                device_code=asked["device_code"],
            )
            break
        except OAuthError as fault:
            say("told", fault.error)
            if fault.error != "authorization_pending":
                raise
        time.sleep(asked["interval"])
    say("name", who(session))
    answer = session.revoke_token(
        server["revocation_endpoint"], session.token["access_token"], "access_token"
    )
    say("revoked", answer.status_code)
    say("after", who(session))


def credentials():
    for way in ("client_secret_basic", "client_secret_post"):
        session = OAuth2Session(client_id, secret, token_endpoint_auth_method=way)
        token = session.fetch_token(server["token_endpoint"], grant_type="client_credentials")
        say("name", who(session))
        answer = session.introspect_token(server["introspection_endpoint"], token["access_token"])
        say("active", answer.json()["active"])


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
        token_endpoint_auth_method="none",
        redirect_uri=f"http://127.0.0.1:{listener.server_port}/back",
        scope="profile:read",
        code_challenge_method="S256",
    )
    verifier = generate_token(48)
    url, _ = session.create_authorization_url(
        server["authorization_endpoint"], code_verifier=verifier
    )
    say("open", url)
    listener.handle_request()
    session.fetch_token(
        server["token_endpoint"], authorization_response=listener.url, code_verifier=verifier
    )
    say("name", who(session))


try:
    {"device": device, "credentials": credentials, "code": code}[what]()
except OAuthError as fault:
    say("error", fault.error)
