"""PyPI requests-oauthlib against an instance."""

import requests
from oauthlib.oauth2 import BackendApplicationClient, DeviceClient, OAuth2Error
from requests_oauthlib import OAuth2Session
from shared import Listener, client_id, device_code, discovered, poll, run, say, secret, who

server = discovered("oauth-authorization-server")


def revoke(session):
    url, headers, body = session._client.prepare_token_revocation_request(
        server["revocation_endpoint"], session.access_token, client_id=client_id
    )
    answer = requests.post(url, headers=headers, data=body)
    say("revoked", answer.status_code)
    say("after", who(session))


def device():
    session = OAuth2Session(client=DeviceClient(client_id), scope=["profile:read", "mesh:read"])
    # requests writes a list as a parameter that stands twice.
    code = device_code(server, scope=session.scope)
    # By default it shows an empty secret in a Basic header.
    poll(lambda: session.fetch_token(server["token_endpoint"], device_code=code), OAuth2Error)
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


def code():
    listener = Listener()
    session = OAuth2Session(
        client_id, redirect_uri=listener.back, scope=["profile:read"], pkce="S256"
    )
    say("open", session.authorization_url(server["authorization_endpoint"])[0])
    session.fetch_token(
        server["token_endpoint"],
        authorization_response=listener.came(),
        include_client_id=True,
        client_secret=secret if secret else "",
    )
    say("name", who(session))
    if not secret:
        revoke(session)


run(OAuth2Error, device=device, credentials=credentials, code=code)
