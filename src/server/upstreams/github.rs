//! GitHub, and GitHub Enterprise Server. Not OIDC: a token is fetched and the
//! API is asked whose it is, then it is forgotten.
//!
//! The surprising rules are GitHub's: it refuses with status 200, answers in
//! form encoding where nobody asked for JSON, and a login can become somebody
//! else's, so that the number alone says who it is.

use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::site::{Client, Failure, Flow, Person, ask, read, shown};
use crate::http::Http;
use crate::http::reply::Reply;
use crate::secret::{Secret, code_challenge};

/// github.com, or a GitHub Enterprise Server.
#[derive(Debug)]
pub(super) struct GitHub {
    /// As identities say it.
    issuer: String,
    site: Url,
    /// With a slash at its end.
    api: Url,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: Secret,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Mailbox {
    #[serde(rename = "email")]
    address: String,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    verified: bool,
}

impl GitHub {
    pub(super) fn at(site: Url) -> Self {
        let mut api = site.clone();
        if site.host_str() == Some("github.com") {
            // The same kind of host: it is taken.
            let _ = api.set_host(Some("api.github.com"));
            api.set_path("/");
        } else {
            api.set_path("/api/v3/");
        }
        Self { issuer: site.as_str().trim_end_matches('/').to_owned(), site, api }
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn authorization_url(&self, client: &Client, flow: &Flow) -> Url {
        let mut url = self.page("login/oauth/authorize");
        url.query_pairs_mut()
            .append_pair("client_id", &client.id)
            .append_pair("redirect_uri", &flow.redirect_uri)
            .append_pair("scope", "read:user user:email")
            .append_pair("state", flow.state.expose())
            .append_pair("code_challenge", &code_challenge(&flow.verifier))
            .append_pair("code_challenge_method", "S256");
        url
    }

    pub(super) async fn authenticate(
        &self,
        http: &Http,
        client: &Client,
        flow: &Flow,
        code: &Secret,
    ) -> Result<Person, Failure> {
        let form = [
            ("client_id", client.id.as_str()),
            ("client_secret", client.secret.expose()),
            ("code", code.expose()),
            ("redirect_uri", &flow.redirect_uri),
            ("code_verifier", flow.verifier.expose()),
        ];
        let request = http.request(Method::POST, self.page("login/oauth/access_token"));
        let token = granted(&ask(http, request.form(&form)).await?)?;
        let user: User = read(&self.get(http, "user", &token).await?)?;
        let email = self.email(http, &token).await?;
        Ok(Person::new(&self.issuer, user.id.to_string())
            .with_name(user.name.as_deref(), Some(&user.login))
            .with_email(email.as_deref(), Some(true)))
    }

    /// The address they use first, verified; none where they did not let us see
    /// any.
    async fn email(&self, http: &Http, token: &Secret) -> Result<Option<String>, Failure> {
        let reply = self.get(http, "user/emails?per_page=100", token).await?;
        if matches!(reply.status, 403 | 404) {
            return Ok(None);
        }
        let mut emails: Vec<Mailbox> = read(&reply)?;
        emails.retain(|mailbox| mailbox.verified);
        emails.sort_by_key(|mailbox| !mailbox.primary);
        Ok(emails.into_iter().next().map(|mailbox| mailbox.address))
    }

    async fn get(&self, http: &Http, path: &str, token: &Secret) -> Result<Reply, Failure> {
        let url = self.api.join(path).map_err(|_| Failure::Invalid("address"))?;
        let request = http
            .request(Method::GET, url)
            .bearer_auth(token.expose())
            .header("accept", "application/vnd.github+json");
        ask(http, request).await
    }

    fn page(&self, path: &str) -> Url {
        let mut url = self.site.clone();
        url.set_path(path);
        url
    }
}

/// The token in an answer, in either of the two ways it is written.
fn granted(reply: &Reply) -> Result<Secret, Failure> {
    if reply.json::<serde::de::IgnoredAny>().is_ok() {
        return Ok(read::<TokenResponse>(reply)?.access_token);
    }
    let pairs = || url::form_urlencoded::parse(&reply.body);
    if let Some((_, error)) = pairs().find(|(name, _)| name == "error") {
        return Err(Failure::Refused(shown(&error)));
    }
    let token = pairs().find(|(name, _)| name == "access_token");
    token.map(|(_, token)| Secret::new(token)).ok_or(Failure::Unreachable("no JSON".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_in_either_way() {
        let read = |body: &str| granted(&Reply::new(200, body)).map(|t| t.expose().to_owned());
        assert_eq!(read(r#"{"access_token":"gho_1","scope":"a"}"#), Ok("gho_1".to_owned()));
        assert_eq!(read("access_token=gho_1&scope=a%2Cb"), Ok("gho_1".to_owned()));
        let refused = Err(Failure::Refused("bad_verification_code".to_owned()));
        assert_eq!(read(r#"{"error":"bad_verification_code","error_description":"x"}"#), refused);
        assert_eq!(read("error=bad_verification_code&error_description=x"), refused);
        assert!(matches!(
            read("<!doctype html><p>Sign in to the network"),
            Err(Failure::Unreachable(_))
        ));
        assert!(matches!(read("{}"), Err(Failure::Unreachable(_))));
    }

    #[test]
    fn the_api_of_github_has_a_host_of_its_own() {
        let api = |site| GitHub::at(Url::parse(site).unwrap()).api.to_string();
        assert_eq!(api("https://github.com"), "https://api.github.com/");
        assert_eq!(api("https://github.example.org"), "https://github.example.org/api/v3/");
    }
}
