//! Whoever runs an instance: what it writes down, counts, copies and renews,
//! and what is read of what was done. Each against a real `crewmesh serve`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use crate::cli::person_only::made;
use crate::cli::signed_in_person::Ana;
use crate::support::home::Home;
use crate::support::issuer::{CLIENT_ID, CLIENT_SECRET, Issuer};
use crate::support::server::Instance;
use crate::support::smtp::Sink;
use crate::support::web::Person;

/// GET of an address without a library between.
fn get(url: &str, host: Option<&str>) -> String {
    let rest = url.strip_prefix("http://").expect("in the clear");
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    let host = host.unwrap_or(address);
    let head = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("it is read");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    text
}

/// The same with a bearer and a body.
pub(super) fn post(url: &str, bearer: &str, body: &str) -> String {
    let rest = url.strip_prefix("http://").expect("in the clear");
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    let head = format!(
        "POST /{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {bearer}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("it is read");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    text
}

fn text(object: &serde_json::Value, member: &str) -> String {
    object[member].as_str().unwrap_or_else(|| panic!("no {member}: {object}")).to_owned()
}

/// Signs in, makes everything that is secret, guesses wrong, and looks for all
/// of it in all that was written.
#[test]
fn no_line_of_a_log_holds_a_secret() {
    for form in ["json", "text"] {
        let mut instance = Instance::logging(form);
        let ana = Ana::at(&instance);
        let mut secrets = vec!["correct horse battery".to_owned(), ana.token()];
        secrets.push(made(&ana, "ci"));
        ana.json(&["create", "Platform team"]);
        let invite = ana.json(&["invite", "--mesh", "platform-team"]);
        let code = text(&invite, "code");
        secrets.extend([code.replace('-', ""), code, text(&invite, "url")]);
        let other = Home::new();
        let url = instance.url();
        let start = ["login", "--start", "--json", "--instance", &url];
        let code = text(&other.run(&start).output("").exits(0).json(), "user_code");
        let mut terminal = ana.home.run(&["deny", &code]).terminal(80, 24);
        terminal.shows("[y/N]").line("y");
        terminal.exits(0);
        secrets.extend([code.replace('-', ""), code]);
        let mut stranger = Person::new();
        stranger.open(&format!("{url}/i/{}", secrets[3]));
        stranger.open(&format!("{url}/login?next=/i/{}", secrets[3]));
        let wrong = [("email", "ana@example.org"), ("password", "not the one it is")];
        stranger.submit("/login", &wrong);
        secrets.push("not the one it is".to_owned());
        // Keys of providers, of every shape, good or not; and a lease of one.
        for (provider, key) in [
            ("anthropic", "sk-ant-api03-stand-in-0"),
            ("openai", "sk-proj-stand-in-0"),
            ("google", "AIzaStandIn0"),
            ("github", "gho_standin0"),
            ("github", "ghu_standin0"),
        ] {
            let connect = ["connect", provider, "--unchecked", "--label", key];
            ana.home.run(&connect).output(key).exits(0);
            ana.home
                .run(&["connect", provider, "--unchecked"])
                .output(&format!("{key} x"))
                .exits(3);
            secrets.push(key.to_owned());
        }
        let bearer = ana.token();
        ana.home.run(&["token", "list"]).output("").exits(0);
        let lease = format!("{url}/api/my/providers/google/lease");
        let leased = post(&lease, &bearer, "{}");
        assert!(leased.contains("AIzaStandIn0"), "{leased}");
        // A token where none belongs.
        get(&format!("{url}/{}?token={}", secrets[1], secrets[2]), None);
        get(&format!("{url}/D/{}", secrets[1]), Some(&secrets[1]));

        let all = instance.all_it_said();
        let lines: Vec<_> = all.lines().filter(|line| line.contains("/oauth/token")).collect();
        assert!(!lines.is_empty(), "requests are written down: {all}");
        assert!(all.contains("/i/{code}"), "by the pattern of their route: {all}");
        if form == "json" {
            let line: serde_json::Value = serde_json::from_str(lines[0]).expect("JSON");
            assert_eq!(line["method"], "POST", "{line}");
            assert!(line["status"].is_u64() && line["ms"].is_u64(), "{line}");
        }
        for secret in &secrets {
            assert!(!all.contains(secret.as_str()), "{secret:?} is in the log: {all}");
        }
        for shape in ["sk-ant-", "sk-proj-", "gho_", "ghu_", "AIza", "eyJ"] {
            assert!(!all.contains(shape), "{shape} is in the log: {all}");
        }
        for shape in ["cm_session_", "cm_pat_", "cm_svc_", "cm_dc_", "Bearer ", "ana@example.org"] {
            assert!(!all.contains(shape), "{shape} is in the log: {all}");
        }
    }
}

#[test]
fn what_happened_is_counted_where_only_its_operator_looks() {
    let arguments = ["--sign-up", "open", "--metrics-listen", "127.0.0.1:0"];
    let mut instance = Instance::start_with(&arguments);
    let line = instance.says("/metrics");
    let metrics = line.split(' ').find(|word| word.starts_with("http://")).expect("an address");
    Ana::at(&instance);
    let answer = get(metrics, None);
    assert!(answer.contains("application/openmetrics-text"), "{answer}");
    for line in [
        "crewmesh_device_codes_total{event=\"issued\"} 1",
        "crewmesh_device_codes_total{event=\"approved\"} 1",
        "crewmesh_device_codes_total{event=\"denied\"} 0",
        "crewmesh_requests_total{route=\"/oauth/device_authorization\",status=\"2xx\"} 1",
        "crewmesh_sign_in_failures_total 0",
        "crewmesh_held_polls 0",
        "# EOF",
    ] {
        assert!(answer.lines().any(|found| found == line), "{line}: {answer}");
    }
    assert!(get(&metrics.replace("/metrics", "/readyz"), None).contains("200 OK"));
    // Where people come, there is none; who asks by number is told that we are
    // there, and nothing else.
    let url = instance.url();
    assert!(get(&format!("{url}/metrics"), None).starts_with("HTTP/1.1 404"));
    assert!(get(&format!("{url}/healthz"), Some("10.0.0.7")).starts_with("HTTP/1.1 200"));
    assert!(get(&format!("{url}/readyz"), Some("10.0.0.7")).starts_with("HTTP/1.1 200"));
    assert!(get(&format!("{url}/api/my/profile"), Some("10.0.0.7")).starts_with("HTTP/1.1 421"));
}

#[test]
fn what_was_done_is_read_by_oneself_and_by_who_runs_it() {
    let mut instance = Instance::start();
    let link = instance.says("first administrator");
    let link = link.split(' ').next_back().expect("a link").to_owned();
    let ana = Ana::at(&instance);
    let (said, object) = ana.both(&["audit"]);
    assert!(said.contains("WHEN") && said.contains("auth.cli.device.approved"), "{said}");
    let events = object["events"].as_array().expect("a list");
    assert_eq!(object["total"], events.len());
    let newest = events.first().expect("something was done");
    assert_eq!(newest["action"], "auth.cli.session.created", "newest first: {object}");
    assert_eq!(ana.json(&["audit", "--limit", "1"])["total"], 1);
    ana.home.run(&["audit", "--limit", "0"]).output("").exits(3);
    let refused = ana.home.run(&["audit", "--all", "--json"]).output("").exits(7);
    assert_eq!(refused.json()["error"]["code"], "insufficient_scope");
    // The first administrator, by the link that was printed.
    let mut browser = Person::new();
    browser.open(&link);
    let fields = [("name", "Bo"), ("email", "bo@example.org"), ("password", "battery staple")];
    browser.submit("/register", &fields);
    let mut bo = Ana { browser, home: Home::new() };
    bo.sign_in(&instance);
    let (said, object) = bo.both(&["audit", "--all"]);
    assert!(said.contains("WHO"), "{said}");
    let ids: std::collections::BTreeSet<_> = object["events"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| event["actor"].as_str().expect("an id").to_owned())
        .collect();
    assert!(ids.len() >= 2, "{object}");
}

#[test]
fn a_lost_password_is_set_anew_once_by_a_link() {
    let instance = Instance::start();
    let mut ana = Ana::at(&instance);
    let object = instance.home.run(&["serve", "reset-link", "ANA@example.org", "--json"]);
    let object = object.output("").exits(0).json();
    let link = text(&object, "url");
    assert!(link.starts_with(&format!("{}/reset/", instance.url())), "{link}");
    let database = instance.home.crewmesh().join("instance.db");
    let database = rusqlite::Connection::open(database).expect("a database");
    let sentence = "SELECT via FROM audit WHERE action = 'auth.password.reset_link'";
    let via = database.query_row(sentence, [], |row| row.get::<_, String>(0));
    assert_eq!(via.as_deref(), Ok("terminal"));
    drop(database);
    let mut person = Person::reading("es");
    assert!(person.open(&link).html.contains("ana@example.org"));
    person.submit("/reset/", &[("fresh", "short")]);
    assert_eq!(person.page.status, 422);
    person.submit("/reset/", &[("fresh", "staple battery horse")]);
    assert_eq!(person.page.status, 200, "{}", person.page.html);
    assert!(person.page.html.contains("Contraseña cambiada"));
    // Once, for each link there was.
    assert_eq!(person.open(&link).status, 410);
    ana.home.run(&["whoami"]).output("").exits(2);
    let mut browser = Person::new();
    browser.open(&format!("{}/login", instance.url()));
    let old = [("email", "ana@example.org"), ("password", "correct horse battery")];
    browser.submit("/login", &old);
    assert_eq!(browser.page.status, 401);
    browser.submit("/login", &[("email", "ana@example.org"), ("password", "staple battery horse")]);
    assert_eq!(browser.page.status, 200);
    ana.browser = browser;
    ana.sign_in(&instance);
    let said = instance.home.run(&["serve", "reset-link", "nobody@example.org"]).output("");
    assert!(said.exits(5).err.contains("nobody@example.org"));
}

#[test]
fn a_lost_second_factor_is_taken_away() {
    let instance = Instance::start();
    let mut ana = Ana::at(&instance);
    let task = ["serve", "remove-second-factor", "ANA@example.org"];
    let said = instance.home.run(&task).output("").exits(0);
    assert!(said.out.contains("has no second factor."), "{}", said.out);
    ana.set_up_second_factor(&instance);
    let mut other = Person::new();
    other.open(&format!("{}/login", instance.url()));
    let fields = [("email", "ana@example.org"), ("password", "correct horse battery")];
    other.submit("/login", &fields);
    assert_eq!(other.page.url.path(), "/login/code");
    let object = instance.home.run(&[&task[..], &["--json"]].concat()).output("").exits(0).json();
    assert_eq!((&object["removed"], &object["email"]), (&true.into(), &"ana@example.org".into()));
    other.open(&format!("{}/login", instance.url()));
    other.submit("/login", &fields);
    assert_eq!(other.page.url.path(), "/meshes");
    // She sees it.
    other.open(&format!("{}/audit", instance.url()));
    assert!(other.page.text().contains("by whoever runs this instance"), "{}", other.page.text());
    let said =
        instance.home.run(&["serve", "remove-second-factor", "nobody@example.org"]).output("");
    assert!(said.exits(5).err.contains("nobody@example.org"));
}

/// Writes a certificate that vouches for itself.
fn certificate(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    (certificate, key)
}

#[test]
fn it_speaks_tls_and_takes_a_renewed_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let (pem, key) = certificate(folder.path());
    let mut instance = Instance::on_https(&pem, &key);
    let start = |instance: &Instance, pem: &Path| {
        let url = instance.public();
        let start = ["login", "--start", "--json", "--instance", &url];
        Home::new().run(&start).with("CREWMESH_CA_FILE", pem).output("")
    };
    let code = start(&instance, &pem).exits(0).json();
    let link = text(&code, "verification_uri_complete").to_lowercase();
    assert!(link.starts_with(&format!("{}/d/", instance.public())), "{link}");
    let before = folder.path().join("before.pem");
    std::fs::copy(&pem, &before).expect("copied");
    // What cannot be used changes nothing: nor does what has no end.
    let pipe = |file: &Path| {
        std::fs::remove_file(file).expect("it was there");
        let made = std::process::Command::new("mkfifo").arg(file).status();
        assert!(made.expect("mkfifo is there").success());
    };
    let unusable: [&dyn Fn(); 4] = [
        &|| std::fs::write(&pem, "not a certificate").expect("written"),
        &|| pipe(&pem),
        &|| pipe(&key),
        &|| {
            std::fs::remove_file(&key).expect("it was there");
            std::os::unix::fs::symlink("/dev/zero", &key).expect("a link");
        },
    ];
    for spoil in unusable {
        spoil();
        instance.said.clear();
        instance.hang_up();
        instance.says("the one before stays");
        start(&instance, &before).exits(0);
        for file in [&pem, &key] {
            std::fs::remove_file(file).expect("it was there");
        }
        certificate(folder.path());
    }
    instance.hang_up();
    instance.says("was read again");
    start(&instance, &pem).exits(0);
    start(&instance, &before).exits(4);
}

#[test]
fn what_cannot_be_served_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let (pem, key) = certificate(folder.path());
    let (pem, key) = (pem.to_str().expect("UTF-8"), key.to_str().expect("UTF-8"));
    let home = Home::new();
    let refused = |arguments: &[&str], says: &str| {
        let all: Vec<_> = ["serve"].iter().chain(arguments).copied().collect();
        let said = home.run(&all).output("").exits(3);
        assert!(said.err.contains(says), "{arguments:?}: {said:#?}");
    };
    refused(&["--listen", "0.0.0.0:0"], "--public-url");
    refused(&["--listen", "0.0.0.0:0", "--tls-cert", pem, "--tls-key", key], "--public-url");
    refused(&["--tls-cert", pem], "--tls-key");
    refused(&["--listen", "127.0.0.1:0", "--tls-cert", key, "--tls-key", key], "key.pem");
    refused(&["--public-url", "https://mesh.example.org/team"], "without a path");
    for password in ["hunter2", "/hunter2", "12#hunter2", "12?hunter2", "hunter2@b", "12/hunter2"] {
        for address in [
            format!("https://u:{password}@mesh.example.org"),
            format!("https://mesh.example.org/?x={password}"),
        ] {
            for task in [&["serve"][..], &["serve", "reset-link", "ana@example.org"]] {
                let named = Home::new();
                // There is something to make a link for, as far as it gets.
                let said = named.run(&[task, &["--public-url", &address]].concat()).output("");
                let all = format!("{}{}", said.out, said.err);
                assert!(!all.contains("hunter2"), "{address}: {all}");
                if task.len() == 1 {
                    said.exits(3);
                }
            }
        }
    }
    for (name, address) in [
        ("CREWMESH_SMTP_URL", "smtp://AKIA:Aq+Amk/fKu/U8@mail.example.org"),
        ("CREWMESH_SMTP_URL", "smtps://AKIA:12#fKu@mail.example.org"),
        ("CREWMESH_DATABASE", "postgres://ana:12/fKu@db.example.org/x"),
        ("CREWMESH_DATABASE", "postgres://ana:x?fKu@db.example.org/x"),
    ] {
        let said = home.run(&["serve"]).with(name, address).output("").exits(3);
        assert!(
            said.err.contains("/ # ? % @") && said.err.contains("%2F %23 %3F %25 %40"),
            "{said:#?}"
        );
        assert!(!said.err.contains("fKu") && !said.err.contains("AKIA"), "{said:#?}");
    }
    refused(&["--trusted-proxy", "proxy"], "10.0.0.0/8");
    refused(&["--database", "postgres://127.0.0.1:1/x"], "CREWMESH_INSTANCE_KEY");
}

#[test]
fn a_taken_port_is_said_with_what_to_do() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = other.local_addr().expect("bound").to_string();
    let home = Home::new();
    for (language, says) in [("en", "give another address"), ("es", "da otra dirección")] {
        let serve = ["serve", "--listen", &address, "--lang", language];
        let said = home.run(&serve).output("").exits(1);
        assert!(said.err.contains(&address) && said.err.contains(says), "{said:#?}");
        assert!(!said.err.contains("os error"), "{said:#?}");
    }
}

#[test]
fn an_invite_is_mailed_or_said_not_to_be() {
    let sink = Sink::refusing("nobody@example.org");
    let mut instance = Instance::mailing(&sink.url());
    let ana = Ana::at(&instance);
    ana.json(&["create", "Malla de España"]);
    let invite = ["invite", "--mesh", "malla-de-espana", "--email"];
    let to = |email: &'static str| ana.json(&[&invite[..], &[email]].concat());
    let made = to("bo@example.org");
    assert_eq!(made["emailed"], true, "{made}");
    let mail = sink.mail();
    assert!(mail.contains(&text(&made, "url")), "{mail}");
    assert!(mail.contains("To: bo@example.org"), "{mail}");
    assert!(mail.contains("mesh@example.org") && mail.contains("Ana Gil"), "{mail}");
    // Refused there: the invite is good all the same.
    let made = to("nobody@example.org");
    assert_eq!(made["emailed"], false, "{made}");
    assert!(text(&made, "url").contains("/i/"));
    let said = ana.home.run(&[&invite[..], &["nobody@example.org"]].concat()).output("").exits(0);
    assert!(said.err.contains("No mail was sent"), "{said:#?}");
    assert!(!instance.all_it_said().contains("nobody@example.org"), "no address in the log");
}

#[test]
fn an_issuer_whose_signatures_nobody_understands_is_said_at_the_start() {
    let issuer = Issuer::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("upstreams.toml");
    let table = format!("[acme]\nissuer = '{}'\nclient_id = '{CLIENT_ID}'", issuer.url);
    std::fs::write(&file, &table).expect("written");
    issuer.is().says_it_signs_with = Some(serde_json::json!(["ES512", "HS256"]));
    let secret = ("CREWMESH_UPSTREAM_ACME_SECRET", CLIENT_SECRET);
    let mut instance = Instance::vouched(&file, secret);
    let line = instance.says("signs with ES512, HS256");
    assert!(line.starts_with(&issuer.url) && line.contains("PS512, ES256, ES384, EdDSA"), "{line}");
    instance.down();
    issuer.is().says_it_signs_with = Some(serde_json::json!(["ES512", "EdDSA"]));
    let mut instance = Instance::vouched(&file, secret);
    Person::new().open(&format!("{}/login", instance.url()));
    assert!(!instance.all_it_said().contains("signs with"), "one of them is enough");
}

#[test]
fn people_come_by_a_site_that_a_file_names() {
    let issuer = Issuer::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("upstreams.toml");
    let table =
        format!("[acme]\nname = 'Acme'\nissuer = '{}'\nclient_id = '{CLIENT_ID}'", issuer.url);
    std::fs::write(&file, &table).expect("written");
    let path = file.to_str().expect("UTF-8");
    let home = Home::new();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--upstreams", path];
    let said = home.run(&serve).output("").exits(3);
    assert!(said.err.contains("CREWMESH_UPSTREAM_ACME_SECRET"), "{said:#?}");
    std::fs::write(&file, format!("{table}\nclient_secret = 'hunter2'")).expect("written");
    let said = home.run(&serve).output("").exits(3);
    assert!(!said.err.contains("hunter2") && said.err.contains("client_secret_file"), "{said:#?}");

    std::fs::write(&file, &table).expect("written");
    let mut instance = Instance::vouched(&file, ("CREWMESH_UPSTREAM_ACME_SECRET", CLIENT_SECRET));
    let line = instance.says("Acme sends people back");
    assert!(line.ends_with(&format!("{}/login/with/acme/back", instance.url())), "{line}");
    let mut browser = Person::new();
    browser.open(&format!("{}/register", instance.url()));
    browser.follow("Continue with Acme");
    let state = browser.page.form("decision").fields;
    browser.submit("decision", &[("decision", "yes")]);
    assert_eq!(browser.page.url.path(), "/meshes", "{}", browser.page.text());
    let mut ana = Ana { browser, home: Home::new() };
    ana.sign_in(&instance);
    assert_eq!(ana.json(&["whoami"])["user"]["email"], "ana@example.org");
    let all = instance.all_it_said();
    assert!(all.contains("/login/with/{upstream}/back"), "by the pattern of their route: {all}");
    for (name, value) in state {
        assert!(name == "redirect_uri" || !all.contains(&value), "{name} is in the log: {all}");
    }
    for secret in [CLIENT_SECRET, "code-1", "ana@example.org", "248289761001"] {
        assert!(!all.contains(secret), "{secret} is in the log: {all}");
    }
}
