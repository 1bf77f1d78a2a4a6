//! A real browser, as wide as a phone, to which the issuer is another site.

use crewmesh::server::Config;

use super::Acme;
use crate::support::browser::Browser;
use crate::support::{axe, need};

#[test]
fn real_chromium_comes_back_to_its_code() {
    if !need("browser") || !need("axe") {
        return;
    }
    let axe = axe().expect("it was asked for");
    let acme = Acme::new(Config::in_memory());
    let asked = acme.server.ask("radiology-3");
    let phone = Browser::phone();
    let look = |what: &str| {
        let wide = phone.ask("return document.documentElement.scrollWidth - window.innerWidth");
        assert_eq!(wide, 0, "{what} is wider than the window");
        phone.is_accessible(&axe, what);
        phone.picture(&format!("upstream-{}", what.replace(' ', "-")));
    };
    phone.goto(&acme.server.at(&format!("/D/{}", asked.plain())));
    look("sign in");
    phone.press("Continue with Acme");
    phone.press("Cancel");
    phone.shows("You turned back");
    look("turned back");
    phone.press("Try again");
    phone.press("Go on as Ana Gil");
    phone.shows("Are you new here?");
    look("new here");
    phone.press("Create the account");
    phone.press("Go on as Ana Gil");
    phone.shows("Sign in this device?");
    phone.press("Approve");
    phone.shows("Return to your terminal.");
    assert_eq!(acme.server.poll(&asked).status, 200);
    phone.goto(&acme.server.at("/settings/ways"));
    look("ways");
    phone.press("Disconnect");
    phone.shows("Your only way in");
    look("only way in");
    phone.press("Set a password");
    phone.shows("At least");
    look("first password");
    phone.fill("#fresh", crate::pages_web::PASSWORD);
    phone.click("form[action='/settings/password'] button.strong");
    phone.shows("Password changed");
    phone.press("Sign in");
    phone.fill("#email", "ana@example.org");
    phone.fill("#password", crate::pages_web::PASSWORD);
    phone.click("form[action='/login'] button.strong");
    phone.shows("Your meshes");
    phone.goto(&acme.server.at("/settings/ways"));
    phone.press("Disconnect");
    phone.shows("Not connected");
    // By a link: what a form starts, this browser would not let go elsewhere.
    phone.press("Connect");
    phone.press("Go on as Ana Gil");
    phone.shows("Disconnect");
}
