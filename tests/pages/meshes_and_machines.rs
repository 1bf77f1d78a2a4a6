//! The screens that pick or make a mesh, a machine and a place, in every state
//! a person can meet, in both languages. Each state is walked to, so that the
//! footer is the wizard's own.

use crewmesh::model::{Liveness, Machine, Mesh, Role};
use crewmesh::wire::{Member, NewMesh};
use crewmesh::wizard::event::{Key, KeyCode, Reply};
use crewmesh::wizard::next::To;
use crewmesh::wizard::state::WizardState;

pub(super) use super::gallery::{Walk, refused, seen};
use crate::support::fixtures::{
    account, at, at_launch, last_launch, machine, member, mesh, signed_in,
};

const ENTER: Key = Key::plain(KeyCode::Enter);
const DOWN: Key = Key::plain(KeyCode::Down);
const TAB: Key = Key::plain(KeyCode::Tab);

fn named(name: &str, slug: &str, role: Role, member_count: u64) -> Mesh {
    Mesh { name: name.into(), role, member_count, ..mesh(slug) }
}

#[test]
fn meshes() {
    seen("meshes", |language| {
        let few = vec![
            named("Platform team", "platform-team", Role::Admin, 12),
            named("Radiología de guardia", "radiologia-de-guardia", Role::Member, 4),
            named("Ops", "ops-2", Role::Member, 1),
        ];
        let state =
            WizardState { meshes: Some(few.clone()), mesh: Some(few[1].clone()), ..at_launch() };
        let many = (0..60)
            .map(|n| named(&format!("Ward {n:02}"), &format!("ward-{n:02}"), Role::Member, n));
        let many = WizardState { meshes: Some(many.collect()), ..at_launch() };
        let none = WizardState { meshes: Some(vec![]), ..at_launch() };
        let on = |state: &WizardState| Walk::on(language, state.clone(), To::Meshes);
        let page_down = Key::plain(KeyCode::PageDown);
        vec![
            ("few", on(&state)),
            ("narrowed", on(&state).write("team")),
            ("nothing-fits", on(&state).write("Night shift")),
            ("many", on(&many).press(page_down).press(page_down).press(page_down)),
            ("none", on(&none)),
            ("looking", on(&signed_in())),
            ("trouble", on(&signed_in()).answer(Reply::Meshes(Err(refused())))),
        ]
    });
}

#[test]
fn create_mesh() {
    seen("create-mesh", |language| {
        let on = |name: &str| {
            let new = NewMesh { name: name.to_owned(), slug: None };
            Walk::on(language, at_launch(), To::CreateMesh(new))
        };
        vec![
            ("empty", on("")),
            ("nameless", on("").press(ENTER)),
            ("named", on("Munich Hospital — Radiology")),
            ("slug", on("Munich Hospital — Radiology").press(TAB).write(" Día")),
            ("continue", on("Ops").press(TAB).press(TAB)),
            ("no-slug", on("東京")),
        ]
    });
}

#[test]
fn members() {
    seen("members", |language| {
        let on = |role| {
            let mesh = Mesh { role, ..mesh("platform-team") };
            Walk::on(language, at_launch(), To::Members(Box::new(mesh)))
        };
        let own = Member { id: account().id, role: Role::Admin, ..member("Alejandro Gutiérrez") };
        let service = Member { service: true, ..member("Night build") };
        let everybody = || vec![own.clone(), member("Eva Ruiz"), service.clone()];
        let listed = |role| on(role).answer(Reply::Members(Ok(everybody())));
        let eva = || listed(Role::Admin).press(DOWN).press(ENTER);
        let changed = || eva().press(ENTER).answer(Reply::MemberChanged(Ok(())));
        vec![
            ("looking", on(Role::Admin)),
            ("listed", listed(Role::Admin)),
            ("only-admins", listed(Role::Member).press(DOWN).press(ENTER)),
            ("choosing", eva()),
            ("sure", eva().press(DOWN).press(ENTER)),
            ("leave", listed(Role::Member).press(ENTER).press(ENTER)),
            ("changed", changed()),
            ("trouble", on(Role::Admin).answer(Reply::Members(Err(refused())))),
        ]
    });
}

#[test]
fn machines() {
    seen("machines", |language| {
        let used = |seconds| Some(at(0).wall - jiff::SignedDuration::from_secs(seconds));
        let others = vec![
            Machine { liveness: Liveness::Online, ..machine("build-box", false) },
            Machine { last_seen_at: used(10_000), ..machine("old-laptop", false) },
            Machine { liveness: Liveness::Unknown, ..machine("lab-2", false) },
        ];
        let this = Machine { name: "Radiology 3".into(), ..machine("radiology-3", true) };
        let unnamed = WizardState { machines: Some(others.clone()), ..at_launch() };
        let state = WizardState { machine: Some(this.clone()), ..unnamed.clone() };
        let nowhere = Machine { location: None, ..this };
        let nowhere = WizardState { machine: Some(nowhere), machines: Some(vec![]), ..at_launch() };
        let on = |state: &WizardState| Walk::on(language, state.clone(), To::Machines);
        let end = Key::plain(KeyCode::End);
        vec![
            ("unnamed", on(&unnamed)),
            ("known", on(&state)),
            ("elsewhere", on(&state).press(end).press(ENTER)),
            ("nowhere", on(&nowhere)),
            ("looking", on(&signed_in())),
            ("trouble", on(&signed_in()).answer(Reply::Machines(Err(refused())))),
        ]
    });
}

#[test]
fn name_machine() {
    seen("name-machine", |language| {
        let on = |state: WizardState| Walk::on(language, state, To::NameMachine);
        let mut utc = at_launch();
        utc.host.zone = None;
        let mut hospital = at_launch();
        hospital.flags.machine = Some("Munich Hospital — Radiology".into());
        let place = || on(at_launch()).press(TAB).press(TAB);
        let gone = WizardState { last_launch: Some(last_launch()), ..at_launch() };
        vec![
            ("guessed", on(hospital)),
            ("no-guess", on(utc)),
            ("place", place()),
            ("continue", place().press(TAB)),
            ("gone", on(gone)),
        ]
    });
}

#[test]
fn places() {
    seen("places", |language| {
        let on = |state: WizardState| Walk::on(language, state, To::Places);
        let mut utc = at_launch();
        utc.host.zone = None;
        let stands = WizardState { machine: Some(machine("radiology-3", true)), ..at_launch() };
        let sending = || on(stands.clone()).write("france").press(ENTER);
        vec![
            ("guessed", on(at_launch())),
            ("no-guess", on(utc)),
            ("narrowed", on(at_launch()).write("spain")),
            ("long", on(at_launch()).write("united").press(Key::plain(KeyCode::PageDown))),
            ("nothing-fits", on(at_launch()).write("Mordor")),
            ("unlisted", on(at_launch()).write("us-new-grid")),
            ("stands", on(stands.clone())),
            ("sending", sending()),
            ("trouble", sending().answer(Reply::Machine(Err(refused())))),
        ]
    });
}
