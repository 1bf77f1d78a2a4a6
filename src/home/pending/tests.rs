use super::*;

use crate::secret::random_bytes;

fn env() -> (tempfile::TempDir, Environment) {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().to_str().expect("Unicode").to_owned();
    let env = Environment::of([("HOME", home.as_str())].into_iter().collect());
    (folder, env)
}

fn code(name: &str, life: Duration) -> DeviceCode {
    let place = match name {
        "local" => Place::Embedded,
        _ => Place::At(format!("https://{name}/").parse().expect("a URL")),
    };
    DeviceCode {
        instance: Instance { name: name.into(), place, id: Some("i".into()), signed_in: false },
        device_code: Secret::new(base32().encode(&random_bytes::<32>())),
        user_code: "WDJB-MJPV".into(),
        words: Some("coral piano".into()),
        links: Links {
            uri: format!("https://{name}/d").parse().expect("a URL"),
            complete: Some(format!("HTTPS://{}/D/WDJBMJPV", name.to_uppercase())),
            audience: if name == "local" { Audience::ThisComputer } else { Audience::Anywhere },
        },
        deadline: TimePoint::now().after(life),
        interval: Duration::from_millis(1_500),
        wait: Some(Duration::from_secs(25)),
        idempotency_key: Secret::new("a key"),
        verifier: Some(Secret::new("a verifier")),
        foreign: false,
        slow_down_early: false,
        approved: None,
        opening: None,
    }
}

const TEN_MINUTES: Duration = Duration::from_mins(10);

fn files(folder: &tempfile::TempDir) -> usize {
    fs::read_dir(folder.path().join(".crewmesh/pending")).map_or(0, Iterator::count)
}

#[test]
fn a_closed_terminal_loses_nothing() {
    let (_folder, env) = env();
    let asked = code("mesh.example.org", TEN_MINUTES);
    let claim = write(&env, &asked).expect("written");
    assert_eq!(find(&env, None, TimePoint::now()), None, "somebody polls for it");
    std::mem::drop(claim);

    let now = TimePoint::now();
    let found = find(&env, None, now).expect("offered");
    assert_eq!((found.user_code.as_str(), &found.instance), ("WDJB-MJPV", &asked.instance));
    let (again, claim) = resume(&env, &found, now).expect("taken up");
    let deadline = again.deadline;
    assert_eq!(again, DeviceCode { deadline, ..asked.clone() });
    assert_eq!(deadline.wall, asked.deadline.wall);

    assert_eq!(find(&env, None, now), None);
    assert_eq!(resume(&env, &found, now).expect_err("taken").code, "pending_taken");
    claim.settle();
    assert_eq!(resume(&env, &found, now).expect_err("over").code, "pending_gone");
    assert_eq!(find(&env, None, now), None);
}

#[test]
fn the_deadline_is_counted_by_the_clock_of_this_boot() {
    let (_folder, env) = env();
    let asked = code("mesh.example.org", TEN_MINUTES);
    std::mem::drop(write(&env, &asked).expect("written"));
    // A machine that was started anew a moment ago.
    let now =
        TimePoint { boot: Duration::from_secs(3), wall: asked.deadline.wall - TEN_MINUTES / 2 };
    let found = find(&env, None, now).expect("it still lives");
    assert_eq!(now.until(found.deadline), TEN_MINUTES / 2);
    assert!(now.after(TEN_MINUTES / 2).is_past(found.deadline));
}

#[test]
fn a_token_that_came_outlives_its_code_and_half_a_token_is_none() {
    let (folder, env) = env();
    let asked = code("mesh.example.org", Duration::from_mins(1));
    let expires_at = Some(asked.deadline.wall + Duration::from_hours(24));
    let access = Access {
        instance: asked.instance.clone(),
        token: Secret::new("given-once"),
        expires_at,
        source: Source::DeviceCode,
    };
    let account = Account {
        id: "u1".into(),
        name: "Ana".into(),
        email: "ana@example.org".into(),
        via: Via::Session,
        token_name: String::new(),
        scopes: Vec::new(),
        expires_at,
    };
    let approval = Approval { access: access.clone(), account: Some(account) };
    let mut claim = write(&env, &asked).expect("written");
    claim.keep(&approval).expect("kept");
    assert!(claim.holds(&access.token));
    std::mem::drop(claim);

    let later = TimePoint::now().after(Duration::from_hours(1));
    let found =
        find(&env, Some(&asked.instance.place), later).expect("it lives as long as the token");
    assert!(found.approved);
    let (again, claim) = resume(&env, &found, later).expect("taken up");
    assert_eq!(again.approved, Some(approval));
    assert!(claim.holds(&access.token));
    std::mem::drop(claim);
    assert_eq!(drop(&env, &found.id), Some(access.clone()), "who throws it away is told");
    assert_eq!(files(&folder), 0);

    // A machine that died while it was written.
    let mut claim = write(&env, &asked).expect("written");
    claim.keep(&Approval { access, account: None }).expect("kept");
    let path = claim.path.clone();
    std::mem::drop(claim);
    let whole = fs::read(&path).expect("there");
    fs::write(&path, &whole[..whole.len() - 9]).expect("cut");
    let found = find(&env, None, TimePoint::now()).expect("the code still lives");
    assert!(!found.approved);
}

#[test]
fn the_newest_living_one_is_offered_and_dead_ones_go() {
    let (folder, env) = env();
    for (name, life) in [("old.example", 60), ("new.example", 600), ("dead.example", 0)] {
        let life = Duration::from_secs(life);
        std::mem::drop(write(&env, &code(name, life)).expect("written"));
    }
    let pending = folder.path().join(".crewmesh/pending");
    fs::write(pending.join("aaaa.json"), "{half").expect("written");
    fs::write(pending.join(".new-abc"), "half").expect("written");
    fs::write(pending.join("notes.txt"), "not ours").expect("written");
    let found = find(&env, None, TimePoint::now()).expect("one lives");
    assert_eq!(found.instance.name, "new.example");
    assert_eq!(files(&folder), 3, "the two that live, and what is not ours");
    drop(&env, &found.id);
    assert_eq!(find(&env, None, TimePoint::now()).expect("the other").instance.name, "old.example");
    let later = TimePoint::now().after(Duration::from_hours(1));
    assert_eq!(find(&env, None, later), None);
    assert_eq!(files(&folder), 1);
}

#[test]
fn an_owners_ticket_is_not_kept() {
    let (folder, env) = env();
    let claim = write(&env, &code("local", TEN_MINUTES)).expect("written");
    let path = folder.path().join(format!(".crewmesh/pending/{}.json", claim.id()));
    assert!(!fs::read_to_string(path).expect("written").contains("/D/WDJBMJPV"));
    std::mem::drop(claim);
    let found = find(&env, None, TimePoint::now()).expect("offered");
    let (again, _claim) = resume(&env, &found, TimePoint::now()).expect("taken up");
    assert_eq!(again.links.complete, None);
    assert_eq!(again.links.audience, Audience::ThisComputer);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, env) = env();
    let claim = write(&env, &code("mesh.example.org", TEN_MINUTES)).expect("written");
    let pending = folder.path().join(".crewmesh/pending");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&pending), 0o700);
    assert_eq!(mode(&file_of(&pending, claim.id())), 0o600);
}

#[test]
fn an_id_leads_nowhere_else() {
    let (_folder, env) = env();
    let claim = write(&env, &code("mesh.example.org", TEN_MINUTES)).expect("written");
    let pending = Pending {
        id: "../auth".into(),
        instance: Instance::local(),
        user_code: String::new(),
        deadline: TimePoint::now(),
        approved: false,
    };
    let refused = resume(&env, &pending, TimePoint::now()).expect_err("no id");
    assert_eq!(refused.code, "pending_gone");
    drop(&env, "../auth");
    // And whoever polls keeps what it has.
    drop(&env, claim.id());
    assert!(claim.path.exists());
}
