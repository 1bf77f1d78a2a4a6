//! The second factor: set up, and asked for on the way in.

mod browser;
mod elsewhere;

use crewmesh::secret::{Secret, random_value};
use crewmesh::server::operations::{Account, resets, second_factors};
use crewmesh::server::state::State;
use crewmesh::server::{Config, Limits};
use serde_json::{Value, json};

use self::browser::{Browser, leads};
use super::{Answer, DAY, MINUTE, PASSWORD, TestServer};

const CODE: &str = "/login/code";
const SETTINGS: &str = "/settings/second-factor";
const APP: &str = "/settings/second-factor/app";

/// What the app of `account` shows so many steps from now.
pub(super) fn code(state: &State, account: &Account, seed: &Secret, steps: i64) -> Secret {
    let shared = state.keys.shared_secret(&account.id, seed);
    let app = totp_rs::Builder::new().with_secret(*shared).build().expect("of the right length");
    let second = u64::try_from(state.now() / 1_000 + steps * 30).expect("after 1970");
    Secret::new(app.generate(second).to_string())
}

/// Gives `account` a second factor whose code of this step is still good; what the
/// app was given, and the recovery codes.
pub(super) async fn set_up(server: &TestServer, account: &Account) -> (Secret, Vec<Secret>) {
    let (state, seed) = (server.running.state(), random_value());
    let (_, by) = server.browser(account).await;
    let first = code(state, account, &seed, -1);
    let made = second_factors::set_up(state, &by, &seed, &first).await;
    let codes = made.expect("the code is right").expect("there was none");
    (seed, codes)
}

/// What the account did of late, newest first: actions with their ways.
async fn did(server: &TestServer, account: &Account) -> Vec<(String, String)> {
    let session = server.session(account).await;
    let events = server.with(&session, "GET /api/my/audit?limit=50", "").await.is(200).json();
    let text = |event: &Value, name: &str| event[name].as_str().expect("a text").to_owned();
    let events = events["data"].as_array().expect("a list").clone();
    events.iter().map(|event| (text(event, "action"), text(event, "via"))).collect()
}

async fn has_second_factor(server: &TestServer, account: &Account) -> bool {
    server.running.state().store.second_factor(&account.id).await.expect("it answers").is_some()
}

/// The recovery codes on a page.
fn shown(answer: &Answer) -> Vec<Secret> {
    let (_, rest) = answer.body.split_once("id=\"shown-once\">").expect("they are shown");
    let text = rest.split('<').next().unwrap_or_default();
    text.lines().map(Secret::new).collect()
}

#[tokio::test]
async fn setting_one_up_signs_other_browsers_out() {
    let server = TestServer::new().await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let (mut browser, mut other) =
        (Browser::of(&server, &ana).await, Browser::of(&server, &ana).await);
    other.get(SETTINGS).await.is(200);
    browser.get(APP).await.is(200);
    let first = code(state, &ana, &browser.seed(), 0);
    browser.post(APP, &[("code", first.expose())]).await.is(201);
    other.get(SETTINGS).await.is(303);
    browser.get(SETTINGS).await.is(200);
}

#[tokio::test]
async fn however_slowly_codes_are_guessed_they_are_few() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let (seed, _) = set_up(&server, &ana).await;
    let state = server.running.state();
    let mut wrong = 0;
    // Four a minute for an hour, each sign-in anew.
    for _ in 0..240 {
        server.clock.advance(15_000);
        let mut browser = Browser::new(&server);
        browser.begin(&ana, PASSWORD, "").await;
        let guess = code(state, &ana, &random_value(), 0);
        wrong += u32::from(browser.give(&guess).await.status != 429);
    }
    assert!((20..=45).contains(&wrong), "{wrong}");
    server.clock.advance(60 * MINUTE);
    let mut browser = Browser::new(&server);
    browser.begin(&ana, PASSWORD, "").await;
    browser.give(&code(state, &ana, &seed, 0)).await.is(303);
}

#[tokio::test]
async fn one_is_set_up_by_its_first_right_code() {
    let server = TestServer::new().await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let mut browser = Browser::of(&server, &ana).await;
    browser.get(SETTINGS).await.is(200);
    let page = browser.get(APP).await.is(200).clone();
    assert!(page.body.contains("<svg class=\"qr\"") && page.body.contains("otpauth://totp/"));
    let seed = browser.seed();
    // Whoever comes back from the app sees the same again.
    assert!(browser.get(APP).await.body.contains(page.body.split("otpauth").nth(1).unwrap()));
    let wrong = code(state, &ana, &random_value(), 0);
    browser.post(APP, &[("code", wrong.expose())]).await.is(422);
    assert!(!has_second_factor(&server, &ana).await);
    let first = code(state, &ana, &seed, 0);
    let made = browser.post(APP, &[("code", first.expose()), ("next", "/settings/tokens")]).await;
    made.is(201);
    assert!(made.body.contains("href=\"/settings/tokens\""), "{}", made.body);
    let codes = shown(&made);
    assert_eq!(codes.len(), 10);
    assert!(!browser.cookies.contains_key("crewmesh-seed"), "the next one is another");
    // Once.
    let settings = browser.get(SETTINGS).await;
    assert!(!settings.body.contains(codes[0].expose()), "{}", settings.body);
    assert_eq!(leads(&browser.get(APP).await), SETTINGS);
    let root = server.session(&server.account_of("Root", true).await).await;
    let people = server.with(&root, "GET /api/admin/members", "").await.is(200).json();
    let facts = people["data"].as_array().unwrap();
    assert_eq!(facts.iter().filter(|facts| facts["second_factor"] == true).count(), 1);
    let set_up = ("auth.second_factor.set_up".to_owned(), "web".to_owned());
    assert!(did(&server, &ana).await.contains(&set_up));
    // Neither can be made of what is kept.
    #[cfg(unix)]
    if let Some(dump) = super::on_postgres::dumped() {
        let shared = state.keys.shared_secret(&ana.id, &seed);
        let shared = data_encoding::BASE32_NOPAD.encode(shared.as_ref());
        assert!(dump.contains(seed.expose()) && !dump.contains(&shared));
        for code in codes {
            assert!(!dump.contains(&code.expose().replace('-', "")), "{}", code.expose());
            assert!(!dump.contains(code.expose()));
        }
    }
}

#[tokio::test]
async fn one_is_set_up_only_by_whoever_signed_in_of_late() {
    let server = TestServer::new().await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let mut browser = Browser::of(&server, &ana).await;
    browser.get(APP).await.is(200);
    server.clock.advance(30 * MINUTE);
    let first = code(state, &ana, &browser.seed(), 0);
    assert_eq!(leads(&browser.post(APP, &[("code", first.expose())]).await), SETTINGS);
    assert_eq!(browser.led(APP).await, SETTINGS);
    let page = browser.get(SETTINGS).await;
    assert!(!page.body.contains(APP) && page.body.contains("/logout"), "{}", page.body);
    assert!(!has_second_factor(&server, &ana).await);
}

#[tokio::test]
async fn a_password_is_half_of_the_way() {
    let server = TestServer::new().await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let (seed, _) = set_up(&server, &ana).await;
    let asked = server.ask().await;
    let next = format!("/D/{}", asked.user.replace('-', ""));
    let mut browser = Browser::new(&server);
    browser.begin(&ana, PASSWORD, &next).await;
    // Nothing of hers is seen on the way.
    assert_eq!(browser.led("/meshes").await, "/login?next=%2Fmeshes");
    assert_eq!(browser.led(&next).await, format!("/login?next={}", next.replace('/', "%2F")));
    browser.get(CODE).await.is(200);
    browser.give(&Secret::new("")).await.is(401);
    browser.give(&code(state, &ana, &random_value(), 0)).await.is(401);
    assert!(!browser.is_in());
    let right = code(state, &ana, &seed, 0);
    assert_eq!(leads(&browser.give(&right).await), next);
    assert!(browser.is_in() && !browser.cookies.contains_key("crewmesh-pending"));
    browser.get(&next).await.is(200);
    // It is used up.
    assert_eq!(leads(&browser.give(&right).await), "/login");
    let did = did(&server, &ana).await;
    let wrong = did.iter().filter(|(action, _)| action == "auth.second_factor.failed").count();
    assert_eq!(wrong, 2, "whoever has her password is seen: {did:?}");
    // Whoever has none is asked for none.
    let ben = server.account("Ben").await;
    let mut browser = Browser::new(&server);
    browser.get("/login").await.is(200);
    let fields = [("email", ben.email.as_str()), ("password", PASSWORD)];
    assert_eq!(leads(&browser.post("/login", &fields).await), "/meshes");
}

#[tokio::test]
async fn a_code_is_good_once_and_no_earlier_one_after_it() {
    let server = TestServer::new().await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let (seed, _) = set_up(&server, &ana).await;
    server.clock.advance(5 * MINUTE);
    let try_at = async |steps| {
        let mut browser = Browser::new(&server);
        browser.begin(&ana, PASSWORD, "").await;
        browser.give(&code(state, &ana, &seed, steps)).await.status == 303
    };
    // A clock may be a step off.
    for (steps, opens) in [(-2, false), (2, false), (-1, true), (-1, false), (1, true), (0, false)]
    {
        assert_eq!(try_at(steps).await, opens, "{steps}");
    }
    server.clock.advance(MINUTE);
    assert!(try_at(0).await);
}

#[tokio::test]
async fn of_two_with_one_code_at_the_same_moment_one_gets_in() {
    let server = TestServer::new().await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let (seed, recovery) = set_up(&server, &ana).await;
    for round in 0..10 {
        // The wrong ones of a day are forgotten.
        server.clock.advance(DAY);
        let code = match round % 2 {
            0 => code(state, &ana, &seed, 0),
            _ => recovery[round / 2].clone(),
        };
        let (mut one, mut other) = (Browser::new(&server), Browser::new(&server));
        one.begin(&ana, PASSWORD, "").await;
        other.begin(&ana, PASSWORD, "").await;
        let (first, second) = tokio::join!(one.give(&code), other.give(&code));
        let mut all = [first.status, second.status];
        all.sort_unstable();
        assert_eq!(all, [303, 401], "{round}");
    }
    // The same pending sign-in signs in once too.
    let mut browser = Browser::new(&server);
    server.clock.advance(DAY);
    browser.begin(&ana, PASSWORD, "").await;
    let mut copy =
        Browser { cookies: browser.cookies.clone(), csrf: browser.csrf.clone(), server: &server };
    let (now, next) = (code(state, &ana, &seed, 0), code(state, &ana, &seed, 1));
    let (first, second) = tokio::join!(browser.give(&now), copy.give(&next));
    assert!((first.status == 303) != (second.status == 303), "{first:?} {second:?}");
}

#[tokio::test]
async fn a_recovery_code_opens_once() {
    let server = TestServer::new().await;
    let ana = server.account("Ana").await;
    let (_, codes) = set_up(&server, &ana).await;
    let mut browser = Browser::new(&server);
    browser.begin(&ana, PASSWORD, "").await;
    let typed = Secret::new(codes[3].expose().replace('-', " "));
    assert_eq!(leads(&browser.give(&typed).await), "/meshes");
    assert!(browser.get(SETTINGS).await.body.contains("9 left"));
    let mut again = Browser::new(&server);
    again.begin(&ana, PASSWORD, "").await;
    again.give(&codes[3]).await.is(401);
    again.give(&codes[4]).await.is(303);
    let did = did(&server, &ana).await;
    assert!(did.contains(&("auth.second_factor.recovery_code_used".into(), "web".into())));
    // Another account's is nothing here.
    let ben = server.account("Ben").await;
    let (_, bens) = set_up(&server, &ben).await;
    let mut other = Browser::new(&server);
    other.begin(&ana, PASSWORD, "").await;
    other.give(&bens[0]).await.is(401);
}

#[tokio::test]
async fn wrong_codes_end_the_sign_in_and_are_counted_for_the_account() {
    let server = TestServer::new().await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let (seed, _) = set_up(&server, &ana).await;
    let wrong = Secret::new("not one");
    let mut browser = Browser::new(&server);
    browser.begin(&ana, PASSWORD, "/settings/tokens").await;
    for _ in 0..4 {
        browser.give(&wrong).await.is(401);
    }
    let ended = browser.give(&wrong).await.is(410).clone();
    assert!(ended.body.contains("/login?next=%2Fsettings%2Ftokens"), "{}", ended.body);
    // Wherever the next one comes from, and whatever it is.
    let mut other = Browser::new(&server);
    other.begin(&ana, PASSWORD, "").await;
    let refused = other.give(&code(state, &ana, &seed, 0)).await;
    assert!(refused.is(429).header("retry-after").is_some(), "{refused:?}");
    let session = server.session(&ana).await;
    let (line, right) = ("POST /api/my/cli/tokens", code(state, &ana, &seed, 0));
    let body = json!({ "name": "ci", "password": PASSWORD, "one_time_code": right.expose() });
    let answer = server.without_password(&session, line, &body.to_string()).await;
    answer.says_no(429, "too_many_requests");
    server.clock.advance(MINUTE);
    other.give(&code(state, &ana, &seed, 0)).await.is(303);
}

#[tokio::test]
async fn codes_are_counted_for_the_address_too() {
    let mut config = Config::in_memory();
    config.limits = Limits { sign_ins: 2, ..Limits::default() };
    let server = TestServer::of(config).await;
    let ana = server.account("Ana").await;
    set_up(&server, &ana).await;
    let mut browser = Browser::new(&server);
    browser.begin(&ana, PASSWORD, "").await;
    for status in [401, 401, 429] {
        browser.give(&Secret::new("123")).await.is(status);
    }
}

#[tokio::test]
async fn what_is_pending_ends_and_is_one_browsers() {
    let server = TestServer::new().await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let (seed, _) = set_up(&server, &ana).await;
    let mut browser = Browser::new(&server);
    browser.begin(&ana, PASSWORD, "/settings/tokens").await;
    let mut other = Browser::new(&server);
    assert_eq!(other.led(CODE).await, "/login");
    other.get("/login").await.is(200);
    other.cookies.insert("crewmesh-pending".into(), random_value().expose().to_owned());
    other.give(&code(state, &ana, &seed, 0)).await.is(410);
    server.clock.advance(5 * MINUTE - 1_000);
    browser.get(CODE).await.is(200);
    server.clock.advance(1_000);
    let ended = browser.give(&code(state, &ana, &seed, 0)).await.is(410).clone();
    assert!(ended.body.contains("/login?next=%2Fsettings%2Ftokens"), "{}", ended.body);
    assert!(!browser.is_in());
    // Begun again, and the second factor is gone meanwhile: nothing to wait for.
    browser.begin(&ana, PASSWORD, "").await;
    let root = server.account_of("Root", true).await;
    let (_, by) = server.browser(&root).await;
    second_factors::take_away(state, &by, &ana.id).await.unwrap();
    browser.give(&code(state, &ana, &seed, 0)).await.is(410);
}

#[tokio::test]
async fn a_new_password_is_no_way_around_it() {
    let server = TestServer::new().await;
    let (ana, state) = (server.account("Ana").await, server.running.state());
    let (seed, _) = set_up(&server, &ana).await;
    let mut early = Browser::new(&server);
    early.begin(&ana, PASSWORD, "").await;
    let ana = state.store.account(&ana.id).await.unwrap().unwrap();
    let link = format!("/reset/{}", resets::token(&state.keys, &ana, state.now()).expose());
    let mut browser = Browser::new(&server);
    browser.get(&link).await.is(200);
    browser.post(&link, &[("fresh", "another long one")]).await.is(200);
    // Whoever got in by the old one is not half in any more.
    early.give(&code(state, &ana, &seed, 0)).await.is(410);
    browser.begin(&ana, "another long one", "").await;
    browser.give(&Secret::new("000")).await.is(401);
    browser.give(&code(state, &ana, &seed, 0)).await.is(303);
}

super::on_postgres::on_postgres!(
    setting_one_up_signs_other_browsers_out,
    however_slowly_codes_are_guessed_they_are_few,
    one_is_set_up_by_its_first_right_code,
    one_is_set_up_only_by_whoever_signed_in_of_late,
    a_password_is_half_of_the_way,
    a_code_is_good_once_and_no_earlier_one_after_it,
    of_two_with_one_code_at_the_same_moment_one_gets_in,
    a_recovery_code_opens_once,
    wrong_codes_end_the_sign_in_and_are_counted_for_the_account,
    codes_are_counted_for_the_address_too,
    what_is_pending_ends_and_is_one_browsers,
    a_new_password_is_no_way_around_it,
);
