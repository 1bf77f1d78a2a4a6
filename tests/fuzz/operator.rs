//! What whoever runs an instance writes: addresses with passwords, plans.

use crewmesh::secret::Secret;
use crewmesh::server::config::{Database, Smtp};
use crewmesh::server::domain::plans::{Bound, Plan, Plans};
use crewmesh::server::mail::Mailer;
use crewmesh::server::public_url;
use url::Url;

use super::typed::said;
use crate::support::cases::{hold, hold_for, is_shown_as_it_is, seldom, texts};

const PLANS: [&str; 6] = [
    "free:meshes=3,members=10,machines=5",
    "team:members=50",
    "all",
    "free-1:meshes=0,",
    "twice:meshes=1,machines=2,meshes=3",
    "signed:meshes=+3,members=-1",
];

#[test]
fn a_plan_has_room_for_what_it_says_once() {
    hold(texts(&PLANS), |text| {
        let Ok(plan) = text.parse::<Plan>() else { return };
        let (name, bounds) = text.split_once(':').unwrap_or((&text, ""));
        assert_eq!(plan.name, name);
        assert!((1..=32).contains(&name.len()) && name.is_ascii(), "{name:?}");
        let alone = Plans(vec![plan]);
        for (bound, word) in
            [(Bound::Meshes, "meshes"), (Bound::Members, "members"), (Bound::Machines, "machines")]
        {
            let said: Vec<_> = bounds.split(',').filter_map(|one| one.split_once('=')).collect();
            let said: Vec<_> = said.iter().filter(|(what, _)| *what == word).collect();
            match said[..] {
                [] => assert_eq!(alone.full(None, bound, u64::MAX), None, "{text:?}"),
                [(_, room)] => {
                    assert!(room.bytes().all(|b| b.is_ascii_digit()), "{text:?}");
                    let room: u64 = room.parse().expect("a number");
                    assert!(alone.full(None, bound, room).is_some(), "{text:?}");
                    assert!(room == 0 || alone.full(None, bound, room - 1).is_none(), "{text:?}");
                }
                _ => panic!("{text:?} says it twice"),
            }
        }
    });
}

const ADDRESSES: [&str; 9] = [
    "postgres://ana:hunter2@db.example.org:5432/mesh?sslmode=verify-full",
    "postgres:///mesh?host=/run/postgresql&user=ana",
    "postgresql://ana@[::1]/mesh",
    "sqlite:///var/lib/x.db",
    "smtps://ana:hunter2@mail.example.org",
    "smtp://ana:hunter2@mail.example.org:587?tls=required",
    "smtp://127.0.0.1:2525",
    "https://mesh.example.org",
    "https://ana:hunter2@mesh.example.org:8443/x",
];

/// Wherever the password is spoiled: no piece of it is told, and no other host is
/// asked than the one behind the last `@`.
#[test]
fn no_address_with_a_password_is_repeated_or_leads_elsewhere() {
    let base = Url::parse("https://mesh.example.org").expect("one");
    // Each that is right has the certificates of this computer read.
    hold_for(seldom(500), texts(&ADDRESSES), |text| {
        if !text.contains("hunter2") || text.matches("hunter2").count() > 1 {
            return;
        }
        let Some((before, host)) = text.rsplit_once('@') else { return };
        if !before.contains("hunter2") || !before.contains("://") {
            return;
        }
        match Database::parse(&text) {
            Ok(Database::Postgres(_)) => {
                let place = Database::parse(&text).expect("as before").place();
                assert!(!place.contains("hunter2"), "{text:?}: {place}");
                let meant = Database::parse(&format!("postgres://{host}")).expect("a host").place();
                assert_eq!(place, meant, "{text:?}");
            }
            Ok(_) => {}
            Err(error) => {
                assert!(!said(&error).contains("hunter2"), "{error:?}");
                assert!(is_shown_as_it_is(&said(&error)));
            }
        }
        let smtp = Smtp { url: Secret::new(text.as_str()), from: None };
        if let Err(error) = Mailer::new(&smtp, &base) {
            assert!(!said(&error).contains("hunter2"), "{error:?}");
        } else {
            let url = Url::parse(&text).expect("it was read");
            let meant = Url::parse(&format!("{}://{host}", url.scheme())).expect("a host");
            assert_eq!(url.host_str(), meant.host_str(), "{text:?}");
        }
        if let Ok(url) = Url::parse(&text) {
            match public_url(url) {
                Ok(url) => assert!(!url.as_str().contains("hunter2"), "{url}"),
                Err(error) => {
                    let said = said(&error);
                    assert!(!said.contains("hunter2"), "{text:?}: {said}");
                }
            }
        }
    });
}
