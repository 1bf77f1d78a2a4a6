"""PyPI authlib against an instance."""

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from shared import Listener, client_id, device_code, discovered, poll, run, say, secret, who

# It knows the document by the name that OpenID gave it.
server = discovered("openid-configuration")


def device():
    session = OAuth2Session(client_id, token_endpoint_auth_method="none")
    code = device_code(server)
    poll(
        lambda: session.fetch_token(
            server["token_endpoint"],
            grant_type="urn:ietf:params:oauth:grant-type:device_code",
            device_code=code,
        ),
        OAuthError,
    )
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


def code():
    listener = Listener()
    session = OAuth2Session(
        client_id,
        token_endpoint_auth_method="none",
        redirect_uri=listener.back,
        scope="profile:read",
        code_challenge_method="S256",
    )
    verifier = generate_token(48)
    url, _ = session.create_authorization_url(
        server["authorization_endpoint"], code_verifier=verifier
    )
    say("open", url)
    session.fetch_token(
        server["token_endpoint"], authorization_response=listener.came(), code_verifier=verifier
    )
    say("name", who(session))


run(OAuthError, device=device, credentials=credentials, code=code)
