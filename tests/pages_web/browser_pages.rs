//! Every page of an instance in a real browser: at the width of the smallest
//! phone, of a usual one and of a desk, light and dark, in both languages, as
//! it comes and with everything on it opened. Nothing is wider than the window,
//! nothing comes from anywhere else, axe-core finds nothing that keeps anybody
//! out, and the Tab key reaches everything there is to press, visibly.
//!
//! The list of pages is the router's own: one that is not looked at here fails
//! the test.

mod belongings;

use std::cell::RefCell;
use std::collections::BTreeSet;

use crewmesh::server::operations::resets;

use super::owner_ticket::Local;
use super::upstream::{acme, with};
use super::{PASSWORD, TestServer, by_mail};
use crate::support::browser::Browser;
use crate::support::github_device::{Decision, GitHubDevice, USER_CODE};
use crate::support::issuer::{Issuer, Wrong};
use crate::support::smtp::Sink;
use crate::support::{authenticator, axe, need};

/// The routes of a file, and whether a page answers them.
const ROUTES: &str = include_str!("../../src/server/pages.rs");

/// What is no page.
const ASSETS: [&str; 6] = [
    "/mark.svg",
    "/style.css",
    "/copy.js",
    "/live.js",
    "/meshes/{slug}/peers",
    "/settings/providers/sign-in/{id}/state",
];

/// Width, height, dark.
type View = (u32, u32, bool);

const VIEWS: [View; 6] = [
    (320, 568, false),
    (320, 568, true),
    (390, 844, false),
    (390, 844, true),
    (1280, 900, false),
    (1280, 900, true),
];

/// The Tab key, as WebDriver writes it.
const TAB: char = '\u{e004}';

/// Everything that the Tab key should come to, in order. Of the buttons of a
/// choice only the chosen one is.
const STOPS: &str = "[...document.querySelectorAll('a[href], button, input, select, summary')]
    .filter(e => e.type !== 'hidden' && e.checkVisibility() && !e.disabled
        && (e.type !== 'radio' || e.checked))";

/// A browser on its way through all pages, in one language.
struct Tour {
    server: TestServer,
    issuer: Issuer,
    github: GitHubDevice,
    browser: Browser,
    axe: String,
    language: &'static str,
    /// The views in which axe-core looks at a page; the other language has the
    /// others.
    checked: [View; 3],
    /// The routes whose pages were looked at.
    seen: RefCell<BTreeSet<String>>,
    _sink: Sink,
}

impl Tour {
    fn new(language: &'static str, checked: [View; 3]) -> Option<Self> {
        if !need("browser") || !need("axe") {
            return None;
        }
        let axe = axe().expect("it was asked for");
        let sink = Sink::refusing("nobody");
        let issuer = Issuer::start();
        let github = GitHubDevice::start();
        let mut config = with(by_mail(&sink), vec![acme(&issuer)]);
        config.providers = github.providers();
        let server = TestServer::of(config);
        issuer.is().clock = server.clock.clone();
        let browser = Browser::changing(language);
        let seen = RefCell::default();
        Some(Self { server, issuer, github, browser, axe, language, checked, seen, _sink: sink })
    }

    /// Opens the page at `path` and looks at it.
    fn visit(&self, route: &str, path: &str) {
        self.browser.goto(&self.server.at(path));
        self.look(route, path);
    }

    /// Looks at the page that is open, which `route` answered with.
    fn look(&self, route: &str, what: &str) {
        self.seen.borrow_mut().insert(route.to_owned());
        // A code or an id has no place in a file's name.
        let name = if what.starts_with('/') { route } else { what };
        let name = name.trim_matches('/').replace(['/', ' ', '{', '}'], "-");
        let foreign = self.browser.ask(
            "return performance.getEntriesByType('resource').map(e => e.name)
                .filter(name => !name.startsWith(location.origin))",
        );
        assert_eq!(foreign, serde_json::json!([]), "{what} loads what is not ours");
        assert_eq!(self.browser.ask("return document.documentElement.lang"), self.language);
        for view @ (width, height, dark) in VIEWS {
            let what = format!("{what} {width} {} {view:?}", self.language);
            self.browser.turn(width, height, dark);
            self.fits(&what);
            self.open_all(true);
            self.fits(&format!("{what}, opened"));
            if self.checked.contains(&view) {
                self.browser.is_accessible(&self.axe, &what);
                let shade = if dark { "dark" } else { "light" };
                let name = format!("page-{name}-{width}-{}-{shade}", self.language);
                self.browser.whole_picture(&name);
            }
            if view == self.checked[0] {
                self.tab_through(&what);
            }
            self.open_all(false);
        }
    }

    fn fits(&self, what: &str) {
        let wide = self.browser.ask("return document.documentElement.scrollWidth - innerWidth");
        assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{what} is too wide by {wide}");
    }

    fn open_all(&self, open: bool) {
        let open = format!("document.querySelectorAll('details').forEach(d => d.open = {open})");
        self.browser.ask(&open);
    }

    fn tab_through(&self, what: &str) {
        let stops = self.browser.ask(&format!(
            "const start = document.createElement('span'); start.tabIndex = -1;
             document.body.prepend(start); start.focus();
             window.stops = {STOPS}; return window.stops.length"
        ));
        let stops = stops.as_u64().expect("a number");
        for stop in 0..stops {
            self.browser.key(TAB);
            let here = self.browser.ask(
                "const e = document.activeElement, s = getComputedStyle(e);
                 const r = e.getBoundingClientRect();
                 return { at: window.stops.indexOf(e), tag: e.outerHTML.slice(0, 120),
                    seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 1
                        && r.bottom > 0 && r.top < innerHeight }",
            );
            assert_eq!(here["at"], stop, "{what}: the Tab key comes to {here}");
            assert_eq!(here["seen"], true, "{what}: nobody sees where the focus is: {here}");
        }
    }

    /// Says it in the language of the tour.
    fn in_words(&self, english: &'static str, spanish: &'static str) -> &'static str {
        if self.language == "es" { spanish } else { english }
    }

    /// A link that sets a new password, of somebody else with an account here.
    fn lost(&self) -> String {
        self.server.member("Bo", "bo@radiology.hospital.example.org");
        let (state, now) = (self.server.state(), self.server.clock.now());
        let found = state.store.account_by_email("bo@radiology.hospital.example.org");
        let bo = self.server.runtime.block_on(found).expect("it answers").expect("just made");
        format!("/reset/{}", resets::token(&state.keys, &bo, now).expose())
    }

    /// Where nobody has to be signed in.
    fn doors(&self) {
        self.visit("/", "/");
        self.visit("/d", "/d");
        self.visit("/cli-auth", "/cli-auth?code=x");
        self.visit("/D/{code}", "/D/BBBBBBBB");
        self.visit("/login", "/login");
        self.visit("/register", "/register");
        self.visit("/i/{code}", "/i/unknown");
        self.visit("nowhere", "/nothing-here");
        self.visit("/reset", "/reset");
        self.browser.fill("#email", "carla@radiology.hospital.example.org");
        self.browser.click("button.strong");
        self.browser.shows("carla@radiology.hospital.example.org");
        self.look("/reset", "a link was mailed");
        let link = self.lost();
        self.visit("/reset/{token}", &link);
        self.browser.fill("#fresh", "bo@radiology.hospital.example.org");
        self.browser.click("button.strong");
        self.browser.shows(self.in_words("cannot be guessed", "no se pueda adivinar"));
        self.look("/reset/{token}", "a password that cannot be taken");
        self.browser.fill("#fresh", "staple battery horse");
        self.browser.click("button.strong");
        self.browser.shows(self.in_words("Password changed", "Contraseña cambiada"));
        self.look("/reset/{token}", "password changed");
    }

    /// Of the way to another site and back, what is ours.
    fn elsewhere(&self) {
        let with = "/login/with/{upstream}";
        self.issuer.is().wrong = Wrong::NoDescription;
        self.visit(with, "/login/with/acme");
        self.issuer.is().wrong = Wrong::Nothing;
        let back = "/login/with/{upstream}/back";
        self.visit(back, "/login/with/acme/back?state=x");
        self.browser.goto(&self.server.at("/login/with/acme"));
        self.browser.press("Cancel");
        self.browser.shows(self.in_words("You turned back", "Te has echado atrás"));
        self.look(back, "turned back elsewhere");
        self.issuer.is().who.email = Some("ana.diaz.de.la.pena@radiology.hospital.example.org");
        self.browser.goto(&self.server.at("/login/with/acme"));
        self.browser.press("Go on");
        self.browser.shows(self.in_words("Are you new here?", "¿Es tu primera vez aquí?"));
        self.look(back, "unknown from elsewhere");
        self.issuer.is().who.email = Some("bo@radiology.hospital.example.org");
        self.browser.goto(&self.server.at("/login/with/acme"));
        self.browser.press("Go on");
        self.browser.shows(self.in_words("an account already", "Ya tienes una cuenta"));
        self.look(back, "known otherwise");
        self.issuer.is().wrong = Wrong::Nonce;
        self.browser.goto(&self.server.at("/login/with/acme"));
        self.browser.press("Go on");
        self.browser.shows(self.in_words("does not fit", "no encaja"));
        self.look(back, "not believed");
        self.issuer.is().wrong = Wrong::Nothing;
    }

    /// The ways into an account.
    fn ways(&self) {
        let ways = "/settings/ways";
        self.visit(ways, ways);
        let connect = "/settings/ways/{upstream}/connect";
        self.visit(connect, "/settings/ways/acme/connect");
        self.browser.goto(&self.server.at(ways));
        self.browser.click("a[href*='/connect?']");
        self.browser.press("Go on");
        self.browser.shows(self.in_words("Disconnect", "Desconectar"));
        self.look(ways, "connected");
    }

    /// Signs up as the first administrator, and makes a mesh and an invite.
    fn move_in(&self) {
        let link = self.server.running.admin_link().expect("nobody runs it yet");
        self.browser.goto(link.expose());
        self.browser.fill("#name", "Ana Díaz de la Peña");
        self.browser.fill("#email", EMAIL);
        self.browser.fill("#password", PASSWORD);
        self.browser.click("button.strong");
        // The form just sent has a name, too: this one is on the next page alone.
        self.browser.fill("form[action='/meshes'] #name", "Radiología de guardia");
        self.browser.click("form[action='/meshes'] button.strong");
        self.browser.fill("form[action$='/invites'] #email", "carla@radiology.example.org");
        self.browser.click("form[action$='/invites'] button.strong");
        self.browser.shows(self.in_words("is on its way", "va de camino"));
        self.look("/meshes/{slug}", "an invite was made");
        let link = self.browser.ask("return document.querySelector('#shown-once').textContent");
        let link = link.as_str().expect("a link").to_owned();
        self.machine();
        // As somebody else sees it, who then joins.
        let path = link.split_once("/i/").expect("an invite").1;
        self.visit("/i/{code}", &format!("/i/{path}"));
        let mut bo = self.server.member("Bea", "bea@radiology.hospital.example.org");
        bo.open(&link);
        bo.submit("/i/", &[]);
    }

    /// What belongs to an account.
    fn rooms(&self) {
        self.visit("/meshes", "/meshes");
        self.begin_work();
        self.visit("/meshes/{slug}", "/meshes/radiologia-de-guardia");
        let mesh = self.server.runtime.block_on(async {
            let store = &self.server.state().store;
            let ana = store.account_by_email(EMAIL).await.expect("it answers").expect("Ana");
            let mesh = store.mesh_by_slug(&ana.id, "radiologia-de-guardia").await;
            mesh.expect("it answers").expect("just made").id
        });
        self.visit("/joined/{mesh}", &format!("/joined/{mesh}"));
        self.visit("/machines", "/machines");
        self.connect();
        self.visit("/settings/providers", "/settings/providers");
        self.browser.fill("#key", "sk-ant-api03-none");
        self.browser.ask("document.querySelector('#provider').value = 'openai'");
        self.browser.click("form[action='/settings/providers'] button");
        self.browser.shows("Anthropic");
        self.look("/settings/providers", "a key of another provider");
        self.browser.click("button[formaction$='/github/sign-in']");
        self.browser.shows(USER_CODE);
        self.look("/settings/providers/sign-in/{id}", "a code of a provider");
        self.github.is().decision = Decision::Denied;
        self.server.clock.advance(5_000);
        self.browser.shows(self.in_words("was refused at GitHub", "rechazado en GitHub"));
        self.look("/settings/providers/sign-in/{id}", "a sign-in at a provider, refused");
        self.visit("/providers/{id}/callback", "/providers/github/callback");
        self.visit("/audit", "/audit");
        self.visit("/admin/audit", "/admin/audit");
        self.visit("/admin/members", "/admin/members");
        self.visit("/admin/service-clients", "/admin/service-clients");
        self.browser.fill("#name", "Nightly build");
        self.browser.click("form.fill button.strong");
        self.browser.shows("CREWMESH_CLIENT_SECRET");
        self.look("/admin/service-clients", "a service client was made");
        self.visit("/admin/service-clients", "/admin/service-clients");
        self.visit("/settings/tokens", "/settings/tokens");
        self.browser.fill("#name", "nightly");
        self.browser.click("form.fill button.strong");
        self.browser.shows("cm_pat_");
        self.look("/settings/tokens", "a token was made");
        self.visit("/settings/tokens", "/settings/tokens");
        self.visit("/settings/password", "/settings/password");
        self.visit("/settings/sessions", "/settings/sessions");
    }

    /// The second factor, from the first look at it to the way in by it.
    fn second_factor(&self) {
        let (settings, app) = ("/settings/second-factor", "/settings/second-factor/app");
        self.visit(settings, settings);
        self.visit(app, app);
        let link = "return document.querySelector('a[href^=otpauth]').href";
        let link = self.browser.ask(link).as_str().expect("a link").to_owned();
        let now = self.server.clock.now();
        self.browser.fill("#code", "12");
        self.browser.click("form.fill button.strong");
        self.browser.shows(self.in_words("Wait for the next one", "Espera al siguiente"));
        self.look(app, "a wrong first code");
        self.browser.fill("#code", &authenticator::code(&link, now));
        self.browser.click("form.fill button.strong");
        self.browser.shows(self.in_words("They are shown only now", "Solo se muestran ahora"));
        self.look(app, "recovery codes");
        self.visit(settings, settings);
        self.open_all(true);
        self.browser.fill("#remove-proof", "not that one at all");
        self.browser.click("button[value='remove']");
        self.browser.shows(self.in_words("not your current password", "no es tu contraseña"));
        self.look(settings, "a wrong password");
        self.visit("/admin/members", "/admin/members");

        let code = "/login/code";
        self.browser.goto(&self.server.at(settings));
        self.browser.click("form.whoami button");
        self.browser.shows(self.in_words("To begin, type this", "Para empezar, escribe esto"));
        self.browser.goto(&self.server.at("/login"));
        self.browser.fill("#email", EMAIL);
        self.browser.fill("#password", PASSWORD);
        self.browser.click("form.fill button.strong");
        self.browser.shows(self.in_words("One more step", "Un paso más"));
        self.look(code, "the code is asked for");
        self.browser.fill("#code", "123456");
        self.browser.click("form.fill button.strong");
        self.browser.shows(self.in_words("Each works once", "Cada uno vale una vez"));
        self.look(code, "a wrong code");
        self.browser.fill("#code", &authenticator::code(&link, now + 30_000));
        self.browser.click("form.fill button.strong");
        self.browser.shows(self.in_words("Your meshes", "Tus mallas"));
    }

    /// The card, and what becomes of it.
    fn cards(&self) {
        for (route, decision) in [("/D/{code}", "approve"), ("/d/{code}", "deny")] {
            let asked = self.server.ask("radiology-3");
            let path = format!("{}{}", route.replace("{code}", ""), asked.plain());
            self.visit(route, &path);
            self.browser.click(&format!("button.{decision}"));
            self.browser.shows(match decision {
                "approve" => self.in_words("Return to your terminal", "Vuelve a tu terminal"),
                _ => self.in_words("Nobody was signed in", "Nadie ha iniciado sesión"),
            });
            self.look(route, decision);
        }
    }

    /// The owner's card of an embedded instance, and what else is seen there.
    fn owners_card(&self) {
        let local = Local::new();
        let upper = "/D/{code}/{ticket}";
        for (route, decision) in [(upper, "approve"), ("/d/{code}/{ticket}", "deny")] {
            let (_, mut link) = local.ask();
            let path = format!("{}{}", &route[..3], &link.path()[3..]);
            link.set_path(&path);
            self.browser.goto(link.as_str());
            self.look(route, &format!("the owner's card to {decision}"));
            self.browser.click(&format!("button.{decision}"));
            self.browser.shows(match decision {
                "approve" => self.in_words("Return to your terminal", "Vuelve a tu terminal"),
                _ => self.in_words("Nobody was signed in", "Nadie ha iniciado sesión"),
            });
            self.look(route, &format!("the owner's {decision}"));
        }
        let (asked, link) = local.ask();
        for (what, path) in [
            ("a ticket of nothing", format!("/D/{}/AAAAAAAAAAAAAA", asked.plain())),
            ("a code without its ticket", format!("/D/{}", asked.plain())),
            ("at the owner's door", "/".to_owned()),
            ("a code typed at the owner's", "/d".to_owned()),
        ] {
            self.browser.goto(link.join(&path).expect("a path").as_str());
            self.look(upper, what);
        }
    }

    fn is_whole(&self) {
        let seen = self.seen.borrow();
        let unseen: Vec<_> = pages().into_iter().filter(|route| !seen.contains(route)).collect();
        assert!(unseen.is_empty(), "nobody looked at {unseen:?}");
    }
}

const EMAIL: &str = "ana@radiology.hospital.example.org";

/// Every route of ours that a page answers.
fn pages() -> Vec<String> {
    let (code, _) = ROUTES.split_once("fn guarded").expect("the routes stand above it");
    let routes = code.split(".route(\"").skip(1);
    let pages = routes.filter_map(|rest| {
        let (path, answer) = rest.split_once('"')?;
        answer.split(".route").next()?.contains("get(").then(|| path.to_owned())
    });
    pages.filter(|path| !ASSETS.contains(&path.as_str())).collect()
}

fn everywhere(language: &'static str, checked: [View; 3]) {
    let Some(tour) = Tour::new(language, checked) else { return };
    tour.doors();
    tour.elsewhere();
    tour.move_in();
    tour.rooms();
    tour.ways();
    tour.second_factor();
    tour.cards();
    tour.owners_card();
    tour.is_whole();
}

#[test]
fn every_page_in_english() {
    everywhere("en", [VIEWS[3], VIEWS[0], VIEWS[4]]);
}

#[test]
fn every_page_in_spanish() {
    everywhere("es", [VIEWS[1], VIEWS[2], VIEWS[5]]);
}

#[test]
fn the_router_is_read_whole() {
    let pages = pages();
    for page in ["/", "/D/{code}", "/meshes/{slug}", "/settings/password", "/D/{code}/{ticket}"] {
        assert!(pages.iter().any(|path| path == page), "{page}: {pages:?}");
    }
    assert!(!pages.iter().any(|path| path.ends_with("/revoke")), "{pages:?}");
}
