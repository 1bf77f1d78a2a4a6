//! An authorization request (RFC 6749 §4.1.1) as a browser brings it: who
//! asks, what for, and where the answer goes.
//!
//! Rules that surprise: nothing is ever sent to an address that is not the
//! client's own, not even an error (§4.1.2.1); on loopback its port is not
//! part of the address (RFC 8252 §7.3); and there is no request without PKCE
//! by S256 (RFC 7636), whoever asks (RFC 9700 §2.1.1).

use url::Url;

use super::client::Client;
use super::error::OAuthError;
use super::form::Form;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::resource::Resource;
use crate::server::domain::scopes;
use crate::server::operations::authorization_codes::{self, Consent};
use crate::server::operations::{Denied, Principal};
use crate::server::state::{State, origin};

/// The only `response_type`.
pub(super) const RESPONSE_TYPE: &str = "code";

/// The only `response_mode`.
pub(super) const RESPONSE_MODE: &str = "query";

/// The only `code_challenge_method`.
pub(super) const CHALLENGE_METHOD: &str = "S256";

/// Characters of a SHA-256 in base64 without padding.
const CHALLENGE: usize = 43;

/// Why nobody but the person can be told that a request is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CannotRedirect {
    /// There is no such client.
    UnknownClient,
    /// It may not be answered there.
    UnregisteredAddress,
}

/// A request whose client and address belong together.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client: Client,
    /// Where the browser goes with the answer.
    pub(crate) back: Url,
    /// The same as the client wrote it.
    redirect_uri: String,
    state: Option<String>,
    /// What it asks for, or what is wrong with that.
    pub(crate) grant: Result<RequestedGrant, RequestError>,
}

/// What a client asks of a person.
#[derive(Clone, Debug)]
pub(crate) struct RequestedGrant {
    /// Space-separated.
    pub(crate) scopes: String,
    /// What for.
    resource: Resource,
    /// Whether it renews its token.
    refreshes: bool,
    challenge: String,
}

/// An error that a client is told by way of the browser (§4.1.2.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestError {
    error: &'static str,
    description: &'static str,
}

impl RequestError {
    /// The person said no.
    pub(crate) const DENIED: Self = Self::new("access_denied", "The person said no.");

    /// Nothing is left of what was asked for that this person may give.
    pub(crate) const NOTHING_LEFT: Self =
        Self::new("invalid_scope", "This person may give none of these scopes.");

    const fn new(error: &'static str, description: &'static str) -> Self {
        Self { error, description }
    }
}

impl AuthorizationRequest {
    /// Reads the query of a request, which came from `ip`.
    pub(crate) async fn read(
        state: &State,
        query: &str,
        ip: ClientIp,
    ) -> Result<Result<Self, CannotRedirect>, Denied> {
        let form = Form::read(query.as_bytes());
        let Some(id) = form.single("client_id") else {
            return Ok(Err(CannotRedirect::UnknownClient));
        };
        let Some(client) = Client::named(state, id, ip).await? else {
            return Ok(Err(CannotRedirect::UnknownClient));
        };
        let written = form.single("redirect_uri").filter(|uri| client.is_answered_at(uri));
        let Some((redirect_uri, back)) = written.and_then(|uri| Some((uri, Url::parse(uri).ok()?)))
        else {
            return Ok(Err(CannotRedirect::UnregisteredAddress));
        };
        let grant = grant(&state.base, &client, &form);
        Ok(Ok(Self {
            redirect_uri: redirect_uri.to_owned(),
            back,
            state: form.single("state").map(str::to_owned),
            client,
            grant,
        }))
    }

    /// Where the browser goes with an error.
    pub(crate) fn error_redirect(self, at: &State, error: RequestError) -> Url {
        self.answer(at, &[("error", error.error), ("error_description", error.description)])
    }

    /// Gives the client `scopes` in the name of `by`, and says where the browser
    /// goes with the code; to a request that is wrong, with what is wrong.
    ///
    /// # Errors
    /// When it is not `by`'s to give.
    pub(crate) async fn approve(
        self,
        at: &State,
        by: &Principal,
        scopes: &str,
    ) -> Result<Url, Denied> {
        let grant = match &self.grant {
            Ok(grant) => grant.clone(),
            Err(error) => return Ok(self.clone().error_redirect(at, *error)),
        };
        let consent = Consent {
            client_id: self.client.id.clone(),
            client_name: self.client.name().to_owned(),
            redirect_uri: self.redirect_uri.clone(),
            scopes: scopes.to_owned(),
            resource: grant.resource,
            refreshes: grant.refreshes,
            challenge: grant.challenge,
        };
        let code = authorization_codes::approve(at, by, consent).await?;
        Ok(self.answer(at, &[("code", code.expose())]))
    }

    /// Writes down that `by` said no, and says where the browser goes with that.
    pub(crate) async fn deny(self, at: &State, by: &Principal) -> Result<Url, Denied> {
        authorization_codes::deny(at, by, &self.client.id, self.client.name()).await?;
        Ok(self.error_redirect(at, RequestError::DENIED))
    }

    /// The address to go back to, with this and what goes with every answer:
    /// `iss` lets a client that knows several servers see who answered
    /// (RFC 9207).
    fn answer(self, at: &State, pairs: &[(&str, &str)]) -> Url {
        let mut back = self.back;
        {
            let mut query = back.query_pairs_mut();
            query.extend_pairs(pairs);
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
            query.append_pair("iss", &origin(&at.base));
        }
        back
    }
}

/// What of `grant` a person who may do `allowed` can give; nothing is `None`.
pub(crate) fn grantable(grant: &RequestedGrant, allowed: &str) -> Option<String> {
    let grantable = scopes::granted(&grant.scopes, allowed);
    (!grantable.is_empty()).then_some(grantable)
}

fn grant(base: &Url, client: &Client, form: &Form) -> Result<RequestedGrant, RequestError> {
    let invalid = |description| Err(RequestError::new("invalid_request", description));
    if form.has_twice() {
        return invalid("A parameter stands twice.");
    }
    match form.get("response_type") {
        Some(RESPONSE_TYPE) => {}
        None => return invalid("response_type is missing."),
        Some(_) => {
            return Err(RequestError::new(
                "unsupported_response_type",
                "This instance answers with a code only.",
            ));
        }
    }
    if form.get("response_mode").is_some_and(|mode| mode != RESPONSE_MODE) {
        return invalid("This instance answers in the query only.");
    }
    let Some(challenge) = form.get("code_challenge") else {
        return invalid("code_challenge is missing: PKCE is required.");
    };
    if form.get("code_challenge_method") != Some(CHALLENGE_METHOD) {
        return invalid("code_challenge_method has to be S256.");
    }
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if challenge.len() != CHALLENGE || !challenge.bytes().all(in_alphabet) {
        return invalid("code_challenge is no SHA-256 in base64url.");
    }
    let told = |refusal: OAuthError| RequestError::new(refusal.error, refusal.description);
    let resource = client.resource(base, form).map_err(told)?.unwrap_or_default();
    let requested = form.get("scope").unwrap_or_default();
    Ok(RequestedGrant {
        scopes: client.person_scopes(requested, resource).map_err(told)?,
        resource,
        refreshes: client.refreshes(requested),
        challenge: challenge.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use url::Host;

    use super::*;
    use crate::server::operations::Registered;
    use crate::server::operations::clients::Known;

    fn client(redirect_uris: &str) -> Client {
        let registered = Registered {
            id: "c".into(),
            name: "ci".into(),
            secret_hash: String::new(),
            scopes: "mesh:read".into(),
            redirect_uris: redirect_uris.into(),
        };
        Client { id: "c".into(), known: Known::Service(registered) }
    }

    #[test]
    fn only_its_own_addresses_are_a_clients() {
        let ci = client("https://ci.example.org/back?x=1 http://127.0.0.1:8000/cb org.ex.app:/b");
        for own in [
            "https://ci.example.org/back?x=1",
            "http://127.0.0.1:8000/cb",
            "http://127.0.0.1:53117/cb",
            "http://127.0.0.1/cb",
            "org.ex.app:/b",
        ] {
            assert!(ci.is_answered_at(own), "{own}");
        }
        for other in [
            "",
            "https://ci.example.org/back",
            "https://ci.example.org/back?x=1&y=2",
            "https://ci.example.org:8443/back?x=1",
            "https://CI.example.org/back?x=1",
            "http://ci.example.org/back?x=1",
            "https://ci.example.org.evil/back?x=1",
            "http://127.0.0.1:8000/cb/other",
            "http://127.0.0.1:8000/cb?x",
            "http://[::1]:8000/cb",
            "http://localhost:8000/cb",
            "https://127.0.0.1:8000/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://a@127.0.0.1:8000/cb",
            "http://127.0.0.1:8000/cb#x",
            "http://127.0.0.1:8000/c b",
            "org.ex.app:/c",
        ] {
            assert!(!ci.is_answered_at(other), "{other}");
        }
    }

    #[test]
    fn the_built_in_client_is_answered_on_this_computer_only() {
        let ours = Client { id: "crewmesh".into(), known: Known::BuiltIn };
        for here in [
            "http://127.0.0.1:4711/",
            "http://[::1]:1/any?thing",
            "http://127.0.0.1/x",
            "http://localhost:4711/",
        ] {
            assert!(ours.is_answered_at(here), "{here}");
        }
        for away in [
            "http://localhost.evil.example/",
            "http://127.0.0.2:4711/",
            "https://127.0.0.1:4711/",
            "http://evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1\\@evil.example/#",
            "org.ex.app:/b",
            "urn:ietf:wg:oauth:2.0:oob",
            "javascript:alert(1)",
        ] {
            assert!(!ours.is_answered_at(away), "{away}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_request_is_told_by_its_name() {
        let ci = client("");
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let good = format!(
            "response_type=code&code_challenge={challenge}&code_challenge_method=S256&scope=mesh:read"
        );
        let base = Url::parse("https://mesh.example.org").unwrap();
        let read = |query: &str| grant(&base, &ci, &Form::read(query.as_bytes()));
        assert_eq!(read(&good).unwrap().scopes, "mesh:read");
        assert_eq!(read(&format!("{good}&response_mode=query")).unwrap().challenge, challenge);
        for (path, resource) in [("", Resource::Instance), ("/mcp", Resource::Mcp)] {
            let query = format!("{good}&resource={base}{path}").replace("//mcp", "/mcp");
            assert_eq!(read(&query).unwrap().resource, resource);
        }
        for (query, error) in [
            (String::new(), "invalid_request"),
            (good.replace("=code&", "=token&"), "unsupported_response_type"),
            (good.replace("=code&", "=code+id_token&"), "unsupported_response_type"),
            (good.replace(challenge, ""), "invalid_request"),
            (good.replace(challenge, "short"), "invalid_request"),
            (good.replace("cM&", "c=&"), "invalid_request"),
            (good.replace("S256", "plain"), "invalid_request"),
            (good.replace("&code_challenge_method=S256", ""), "invalid_request"),
            (format!("{good}&response_mode=fragment"), "invalid_request"),
            (format!("{good}&state=1&state=2"), "invalid_request"),
            (format!("{good}&resource=https://other.example/mcp"), "invalid_target"),
            (good.replace("mesh:read", "admin"), "invalid_scope"),
            (good.replace("mesh:read", "mesh%3Awrite"), "invalid_scope"),
            // Nothing asked for is the least, which it does not hold.
            (good.replace("mesh:read", ""), "invalid_scope"),
        ] {
            assert_eq!(read(&query).unwrap_err().error, error, "{query}");
        }
    }

    #[test]
    fn an_answer_goes_where_it_is_known_to_belong_and_nowhere_else() {
        let own = "https://ci.example.org/back?x=1 http://127.0.0.1/cb org.example.app:/back";
        let (registered, public) =
            (client(own), Client { id: "crewmesh".into(), known: Known::BuiltIn });
        let seeds = &[
            "https://ci.example.org/back?x=1",
            "http://127.0.0.1:8123/cb",
            "http://[::1]:80/cb",
            "http://localhost:80/cb",
            "org.example.app:/back",
            "http://127.0.0.1:8123@evil.example/cb",
        ];
        crate::cases::hold(crate::cases::texts(seeds), |uri| {
            let is_ours = |host: Option<Host<&str>>| {
                let v4 = Some(Host::Ipv4(std::net::Ipv4Addr::LOCALHOST));
                let v6 = Some(Host::Ipv6(std::net::Ipv6Addr::LOCALHOST));
                [v4, v6, Some(Host::Domain("localhost"))].contains(&host)
            };
            if public.is_answered_at(&uri) {
                let url = Url::parse(&uri).unwrap();
                assert!(url.scheme() == "http" && is_ours(url.host()), "{uri:?}");
                assert!(url.username().is_empty() && url.password().is_none(), "{uri:?}");
                assert!(uri.bytes().all(|b| b.is_ascii_graphic()), "{uri:?}");
            }
            if registered.is_answered_at(&uri) && !own.split(' ').any(|one| one == uri) {
                let url = Url::parse(&uri).unwrap();
                assert_eq!((url.path(), url.query()), ("/cb", None), "{uri:?}");
                assert_eq!(url.host_str(), Some("127.0.0.1"), "{uri:?}");
            }
        });
    }
}
