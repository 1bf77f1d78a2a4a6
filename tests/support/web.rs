//! A person at a browser, as far as HTTP goes: follows links and redirects,
//! keeps cookies, reads a form and sends it back with everything that was
//! hidden in it. No JavaScript, because the pages need none.

use std::collections::BTreeMap;

use reqwest::header;
use url::Url;

/// One person with one cookie jar.
pub struct Person {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
    language: &'static str,
    /// The page that is open.
    pub page: Page,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub headers: header::HeaderMap,
    pub html: String,
}

/// A form on a page.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// Name and value of each button that has a name.
    pub buttons: Vec<(String, String)>,
    /// Everything between its tags.
    pub html: String,
}

impl Person {
    /// Somebody who has been nowhere yet.
    pub fn new() -> Self {
        Self::reading("en")
    }

    /// The same, whose browser asks for this language.
    pub fn reading(language: &'static str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[allow(clippy::disallowed_methods, reason = "a browser of our own, not the program's")]
        let http = reqwest::Client::builder()
            .no_proxy()
            // An instance that was killed and started again is a new one.
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(super::PATIENCE)
            .build()
            .expect("a client");
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let url = Url::parse("about:blank").expect("a URL");
        let page = Page { url, status: 0, headers: header::HeaderMap::new(), html: String::new() };
        Self { runtime, http, cookies: BTreeMap::new(), language, page }
    }

    /// Opens a link, wherever it leads.
    pub fn open(&mut self, link: &str) -> &Page {
        let url = Url::parse(link).unwrap_or_else(|fault| panic!("{link}: {fault}"));
        self.fetch(reqwest::Method::GET, url, None);
        &self.page
    }

    /// Follows the link with these words on it.
    #[track_caller]
    pub fn follow(&mut self, words: &str) -> &Page {
        let link = self.page.link(words);
        let link = link.unwrap_or_else(|| panic!("no {words:?}: {}", self.page.html));
        let url = self.page.url.join(&link).expect("a link is a URL");
        self.fetch(reqwest::Method::GET, url, None);
        &self.page
    }

    /// Sends the form that contains `mark` (a word on a button, a field's
    /// name, an action) back, with these fields filled in. A button is pressed
    /// by naming it and its value among them.
    #[track_caller]
    pub fn submit(&mut self, mark: &str, filled: &[(&str, &str)]) -> &Page {
        let form = self.page.form(mark);
        let mut fields: Vec<(String, String)> = form
            .fields
            .iter()
            .filter(|(name, _)| !filled.iter().any(|(other, _)| other == name))
            .cloned()
            .collect();
        fields.extend(filled.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let url = self.page.url.join(&form.action).expect("an action is a URL");
        self.fetch(reqwest::Method::POST, url, Some(fields));
        &self.page
    }

    /// Sends these fields to `link`, as a form that is on no page would.
    pub fn post(&mut self, link: &str, fields: &[(&str, &str)]) -> &Page {
        let url = Url::parse(link).unwrap_or_else(|fault| panic!("{link}: {fault}"));
        let fields = fields.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        self.fetch(reqwest::Method::POST, url, Some(fields.collect()));
        &self.page
    }

    fn fetch(&mut self, method: reqwest::Method, url: Url, form: Option<Vec<(String, String)>>) {
        let (mut method, mut url, mut form) = (method, url, form);
        for _ in 0..10 {
            let mut request = self
                .http
                .request(method.clone(), url.clone())
                .header(header::ACCEPT, "text/html")
                .header(header::ACCEPT_LANGUAGE, self.language);
            if !self.cookies.is_empty() {
                let jar: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
                request = request.header(header::COOKIE, jar.join("; "));
            }
            if let Some(fields) = &form {
                let origin = url.origin().ascii_serialization();
                request = request
                    .header(header::ORIGIN, origin)
                    .header("sec-fetch-site", "same-origin")
                    .form(fields);
            }
            let answer = self.runtime.block_on(async {
                let answer = request.send().await?;
                let (status, headers) = (answer.status(), answer.headers().clone());
                Ok::<_, reqwest::Error>((status, headers, answer.text().await?))
            });
            let (status, headers, html) = answer.unwrap_or_else(|fault| panic!("{url}: {fault:?}"));
            for cookie in headers.get_all(header::SET_COOKIE) {
                self.keep(cookie.to_str().expect("cookies are text"));
            }
            let onward = headers.get(header::LOCATION).filter(|_| status.is_redirection());
            let Some(onward) = onward else {
                self.page = Page { url, status: status.as_u16(), headers, html };
                return;
            };
            url = url.join(onward.to_str().expect("text")).expect("a place to go to");
            method = reqwest::Method::GET;
            form = None;
        }
        panic!("redirected in a circle at {url}");
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, rest) = cookie.split_once(';').unwrap_or((cookie, ""));
        let Some((name, value)) = pair.split_once('=') else { return };
        if value.is_empty() || rest.to_ascii_lowercase().contains("max-age=0") {
            self.cookies.remove(name.trim());
        } else {
            self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
}

impl Page {
    /// The page's words, without its tags and with its entities read.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut rest = self.html.as_str();
        while let Some(open) = rest.find('<') {
            text.push_str(&rest[..open]);
            let Some(close) = rest[open..].find('>') else { break };
            text.push(' ');
            rest = &rest[open + close + 1..];
        }
        text.push_str(rest);
        unescape(&text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Where the link with these words on it leads.
    pub fn link(&self, words: &str) -> Option<String> {
        let links = self.html.split("<a ").skip(1).filter_map(|rest| rest.split_once("</a>"));
        let (tag, _) = links
            .filter_map(|(link, _)| link.split_once('>'))
            .find(|(_, inside)| unescape(inside).contains(words))?;
        attribute(&format!("a {tag}"), "href")
    }

    /// The form that contains `mark`; where a button of it leads to that, as it is sent then.
    #[track_caller]
    pub fn form(&self, mark: &str) -> Form {
        let form = self.forms().into_iter().find(|form| form.html.contains(mark));
        let mut form =
            form.unwrap_or_else(|| panic!("no form with {mark:?} at {}:\n{}", self.url, self.html));
        let mut led = form.html.split('<').filter_map(|tag| attribute(tag, "formaction"));
        if let Some(action) = led.find(|action| action.contains(mark)) {
            form.action = action;
        }
        form
    }

    /// Every form on the page.
    pub fn forms(&self) -> Vec<Form> {
        let mut forms = Vec::new();
        let mut rest = self.html.as_str();
        while let Some(start) = rest.find("<form") {
            let end = rest[start..].find("</form>").map_or(rest.len(), |end| start + end);
            let html = &rest[start..end];
            let mut form = Form { html: html.to_owned(), ..Form::default() };
            for tag in html.split('<').skip(1) {
                let tag = tag.split('>').next().unwrap_or_default();
                let name = attribute(tag, "name").unwrap_or_default();
                let value = attribute(tag, "value").unwrap_or_default();
                if tag.starts_with("form") {
                    form.action = attribute(tag, "action").unwrap_or_default();
                } else if name.is_empty() {
                } else if tag.starts_with("button")
                    || attribute(tag, "type").as_deref() == Some("submit")
                {
                    form.buttons.push((name, value));
                } else if tag.starts_with("input") {
                    let kind = attribute(tag, "type").unwrap_or_default();
                    let ticked = tag.contains(" checked");
                    if ticked || !matches!(kind.as_str(), "radio" | "checkbox") {
                        form.fields.push((name, value));
                    }
                }
            }
            forms.push(form);
            rest = &rest[end..];
        }
        forms
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let end = tag[start..].find('"')?;
    Some(unescape(&tag[start..start + end]))
}

fn unescape(text: &str) -> String {
    text.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}
