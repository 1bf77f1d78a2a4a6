//! The screens that pick or make a mesh, a machine and a place, in every state
//! a person can meet, in both languages. Each state is walked to, so that the
//! footer is the wizard's own.

use crewmesh::error::{AppError, ErrorKind};
use crewmesh::i18n::Message;
use crewmesh::model::{Liveness, Machine, Mesh, Role};
use crewmesh::wizard::event::{Key, KeyCode, Reply};
use crewmesh::wizard::next::To;
use crewmesh::wizard::state::WizardState;

pub(super) use super::gallery::{Walk, refused, seen};
use crate::support::fixtures::{at, at_launch, machine, mesh, signed_in};

const ENTER: Key = Key::plain(KeyCode::Enter);
const TAB: Key = Key::plain(KeyCode::Tab);

fn taken(suggestion: &str) -> AppError {
    let message = Message::new("api-slug-taken").with("host", "mesh.example.org");
    let taken = AppError::new(ErrorKind::AlreadyExists, "slug_taken", message);
    AppError { suggestion: Some(suggestion.into()), ..taken }
}

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
        let on = |name: &str| Walk::on(language, at_launch(), To::CreateMesh(name.to_owned()));
        let plan = Message::new("api-plan-required").with("host", "mesh.example.org");
        let plan =
            AppError::new(ErrorKind::NotAllowed, "plan_required", plan.with("detail", "Team"));
        let answer = |error| Reply::Mesh(Err(error));
        vec![
            ("empty", on("")),
            ("nameless", on("").press(ENTER)),
            ("named", on("Munich Hospital — Radiology")),
            ("slug", on("Munich Hospital — Radiology").press(TAB).write(" Día")),
            ("no-slug", on("東京")),
            ("creating", on("Ops").press(ENTER)),
            ("taken", on("Ops").press(ENTER).answer(answer(taken("ops-2")))),
            ("plan", on("Ops").press(ENTER).answer(answer(plan))),
            ("trouble", on("Ops").press(ENTER).answer(answer(refused()))),
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
        let old = Machine { name: "Radiology, old wing".into(), ..machine("radiology-old", true) };
        let answer = |reply| on(at_launch()).press(ENTER).answer(Reply::Machine(reply));
        vec![
            ("guessed", on(hospital)),
            ("no-guess", on(utc)),
            ("registering", on(at_launch()).press(ENTER)),
            ("taken", answer(Err(taken("radiology-3-2")))),
            ("trouble", answer(Err(refused()))),
            ("adopted", answer(Ok(old))),
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
