"""PyPI authlib against an instance: authlib_client.py WHAT ISSUER CLIENT [SECRET]

Says what happens in lines that tests/interop.rs reads."""

import sys
import time

import requests
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


try:
    credentials() if what == "credentials" else device()
except OAuthError as fault:
    say("error", fault.error)
