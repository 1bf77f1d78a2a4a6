//! Every page of an account in a real browser: on the smallest phone, on a
//! usual one and on a desk, light and dark, in both languages. Nothing is wider
//! than the window, and axe-core finds nothing that keeps anybody out.

use crewmesh::server::resets;

use super::{PASSWORD, World};
use crate::support::browser::Browser;
use crate::support::smtp::Sink;
use crate::support::{axe, need};

/// Signed in, with a mesh, a token and an invite: full rooms.
fn moved_in(world: &World, browser: &Browser, who: &str) {
    browser.goto(&world.at("/register"));
    browser.fill("#name", &format!("{who} Díaz de la Peña"));
    browser.fill("#email", &format!("{who}@radiology.hospital.example.org"));
    browser.fill("#password", PASSWORD);
    browser.click("button.strong");
    // The form just sent has a name, too: this one is on the next page alone.
    browser.fill("form[action='/meshes'] #name", &format!("Radiología de guardia {who}"));
    browser.click("form[action='/meshes'] button.strong");
    browser.click("form[action$='/invites'] button.strong");
}

const ROOMS: [&str; 6] = [
    "/meshes",
    "/machines",
    "/settings/sessions",
    "/settings/tokens",
    "/settings/password",
    "/audit",
];

const DOORS: [&str; 6] = ["/", "/d", "/login", "/register", "/reset", "/nothing-here"];

/// A link that sets a new password, of somebody else with an account here.
fn lost(world: &World) -> String {
    world.member("Bo", "bo@radiology.hospital.example.org");
    let (state, now) = (world.state(), world.clock.now());
    let found = state.store.account_by_email("bo@radiology.hospital.example.org");
    let bo = world.runtime.block_on(found).expect("the database answers").expect("just made");
    world.at(&format!("/reset/{}", resets::token(&state.keys, &bo, now).expose()))
}

fn look_around(width: u32, height: u32, language: &'static str, dark: bool) {
    if !need("browser") || !need("axe") {
        return;
    }
    let axe = axe().expect("it was asked for");
    let sink = Sink::refusing("nobody");
    let world = World::mailing(&sink);
    let browser = if dark {
        Browser::dark(width, height, language)
    } else {
        Browser::open(width, height, language)
    };
    let shade = if dark { "dark" } else { "light" };
    let look = |what: &str| {
        let what = format!("{what} {width} {language} {shade}");
        let wide = browser.ask("return document.documentElement.scrollWidth - window.innerWidth");
        assert_eq!(wide, 0, "{what} is wider than the window");
        browser.is_accessible(&axe, &what);
    };
    for door in DOORS {
        browser.goto(&world.at(door));
        look(door);
    }
    browser.goto(&world.at("/login"));
    browser.picture(&format!("rooms-login-{width}-{language}-{shade}"));
    browser.goto(&world.at("/reset"));
    browser.fill("#email", "carla@radiology.hospital.example.org");
    browser.click("button.strong");
    browser.shows("carla@radiology.hospital.example.org");
    look("a link was mailed");
    browser.picture(&format!("rooms-forgot-{width}-{language}-{shade}"));
    let link = lost(&world);
    browser.goto(&link);
    look("new password");
    browser.fill("#fresh", "bo@radiology.hospital.example.org");
    browser.click("button.strong");
    browser.shows(if language == "es" { "no se pueda adivinar" } else { "cannot be guessed" });
    look("a password that cannot be taken");
    browser.picture(&format!("rooms-reset-{width}-{language}-{shade}"));
    browser.fill("#fresh", "staple battery horse");
    browser.click("button.strong");
    browser.shows(if language == "es" { "Contraseña cambiada" } else { "Password changed" });
    look("password changed");
    browser.goto(&link);
    look("the link has ended");
    moved_in(&world, &browser, "ana");
    look("mesh");
    browser.picture(&format!("rooms-mesh-{width}-{language}-{shade}"));
    for room in ROOMS {
        browser.goto(&world.at(room));
        look(room);
    }
    browser.picture(&format!("rooms-audit-{width}-{language}-{shade}"));
    browser.goto(&world.at("/meshes"));
    browser.picture(&format!("rooms-meshes-{width}-{language}-{shade}"));
    let asked = world.ask("radiology-3");
    browser.goto(&world.at(&format!("/D/{}", asked.plain())));
    look("card");
    browser.picture(&format!("rooms-card-{width}-{language}-{shade}"));
}

#[test]
fn on_the_smallest_phone() {
    look_around(320, 568, "es", false);
}

#[test]
fn on_a_phone_in_the_dark() {
    look_around(390, 844, "en", true);
}

#[test]
fn on_a_desk() {
    look_around(1280, 900, "en", false);
}
