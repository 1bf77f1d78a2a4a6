//! Somebody who is signed in: a person with a browser, a home of theirs, and
//! an instance on which both are known.

use crate::support::authenticator;
use crate::support::home::{Home, Said};
use crate::support::server::Instance;
use crate::support::web::Person;

/// What Ana signs up with.
pub const PASSWORD: &str = "correct horse battery";

/// A person's browser, signed up on the instance, and a home that is signed
/// in there by code as a script does it.
pub struct Ana {
    pub browser: Person,
    pub home: Home,
}

impl Ana {
    pub fn at(instance: &Instance) -> Self {
        Self::called(instance, "Ana Gil", "ana@example.org")
    }

    pub fn called(instance: &Instance, name: &str, email: &str) -> Self {
        let mut browser = Person::new();
        browser.open(&format!("{}/register", instance.url()));
        let fields = [("name", name), ("email", email), ("password", PASSWORD)];
        browser.submit("/register", &fields);
        let mut ana = Self { browser, home: Home::new() };
        ana.sign_in(instance);
        ana
    }

    /// Signs this home in, by code.
    pub fn sign_in(&mut self, instance: &Instance) -> Said {
        let url = instance.url();
        let code = self.home.run(&["login", "--start", "--json", "--instance", &url]);
        let code = code.output("").exits(0).json();
        self.answer(&code, "approve");
        self.home.run(&["login", "--resume", "--json"]).output("").exits(0)
    }

    /// Answers a code on the page it leads to.
    pub fn answer(&mut self, code: &serde_json::Value, decision: &str) {
        let link = code["verification_uri_complete"].as_str().expect("a link");
        self.browser.open(link);
        self.browser.submit("decision", &[("decision", decision)]);
    }

    /// Sets up a second factor on its page; the link that the app was given, and the
    /// recovery codes.
    pub fn set_up_second_factor(&mut self, instance: &Instance) -> (String, Vec<String>) {
        let path = "/settings/second-factor/app";
        self.browser.open(&format!("{}{path}", instance.url()));
        let html = &self.browser.page.html;
        let link = html.split('"').find(|part| part.starts_with("otpauth:")).expect("a link");
        let link = link.to_owned();
        self.browser.submit(path, &[("code", &app_code(&link))]);
        let (_, rest) = self.browser.page.html.split_once("shown-once\">").expect("codes");
        let codes = rest.split('<').next().unwrap_or_default().lines().map(str::to_owned);
        (link, codes.collect())
    }

    /// Runs a command in both forms and gives what each said: the human one
    /// first.
    #[track_caller]
    pub fn both(&self, arguments: &[&str]) -> (String, serde_json::Value) {
        let human = self.home.run(arguments).output("").exits(0);
        (human.out, self.json(arguments))
    }

    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let json: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
        let object = self.home.run(&json).output("").exits(0).json();
        assert_eq!(object["status"], "ok", "{arguments:?}: {object}");
        object
    }

    /// The token kept in this home.
    pub fn token(&self) -> String {
        let auth: serde_json::Value =
            serde_json::from_str(&self.home.kept("auth.json")).expect("JSON");
        let name = auth["default_instance"].as_str().expect("a default");
        auth["instances"][name]["token"].as_str().expect("kept in the file").to_owned()
    }
}

/// What the app shows at this moment that was given `link`.
pub fn app_code(link: &str) -> String {
    authenticator::code(link, jiff::Timestamp::now().as_millisecond())
}

/// What it shows next, which is good before its time and after the one of now.
pub fn next_app_code(link: &str) -> String {
    authenticator::code(link, jiff::Timestamp::now().as_millisecond() + 30_000)
}
