//! From the launch card into the screens that pick or make a mesh, a machine
//! and a place, and back: whole walks over the wizard alone.

use crewmesh::model::{Agent, Machine, Mesh};
use crewmesh::wire::NewMesh;
use crewmesh::wizard::effect::Effect;
use crewmesh::wizard::event::Reply;
use crewmesh::wizard::next::To;
use crewmesh::wizard::state::{Location, WizardState};

use crate::support::fixtures::{
    access, agent, at_launch, first_run, machine, mesh, remote, slug_taken,
};
use crate::support::script::Script;

/// On an instance with others, with everything but what is asked for here.
fn state() -> WizardState {
    let agent: Agent = agent("claude");
    WizardState { agent: Some(agent), ..at_launch() }
}

fn create(name: &str, slug: &str) -> Effect {
    Effect::CreateMesh(access(), NewMesh { name: name.into(), slug: Some(slug.into()) })
}

/// What is asked for beyond who is there, who waits and what is connected.
fn beyond_news(walk: &Script) -> Option<&Effect> {
    use Effect::{ListConnections, ListPeers, ListShares, ListWaiting};
    let told = |effect: &&Effect| {
        matches!(effect, ListPeers { .. } | ListShares { .. } | ListWaiting(_) | ListConnections(_))
    };
    walk.asked.iter().map(|(_, effect)| effect).find(|effect| !told(effect))
}

#[test]
fn a_mesh_made_on_the_way_is_on_the_card() {
    let this = WizardState { machine: Some(machine("radiology-3", true)), ..state() };
    let made = Mesh { name: "Night shift".into(), ..mesh("night-shift-2") };
    let walk = Script::on(this, To::Launch)
        .sees("Meshes")
        .write("Night shift")
        .press("enter")
        .sees("CreateMesh")
        .press("enter")
        .sees("Launch")
        .shows("Night shift (new)");
    assert_eq!(beyond_news(&walk), None, "nothing is made before it goes on");
    let walk = walk
        .press("enter")
        .answer(
            &create("Night shift", "night-shift"),
            Reply::Mesh(Err(slug_taken("night-shift-2"))),
        )
        .sees("Launch")
        .shows("night-shift-2 is free")
        .press("enter")
        .answer(&create("Night shift", "night-shift-2"), Reply::Mesh(Ok(made.clone())));
    assert_eq!(walk.state().mesh, Some(made));
}

#[test]
fn a_machine_is_named_placed_and_on_the_card() {
    let state = WizardState { mesh: Some(mesh("ops")), ..state() };
    let register = Effect::RegisterMachine {
        access: access(),
        name: "radiology-3".into(),
        slug: Some("radiology-3".into()),
        location: Some("ES".into()),
    };
    let made = Machine {
        name: "radiology-3".into(),
        location: Some("ES".into()),
        ..machine("radiology-3", true)
    };
    let walk = Script::on(state, To::Launch)
        .sees("Machines")
        .press("enter")
        .sees("NameMachine")
        .press("down")
        .press("down")
        .press("enter")
        .sees("Places")
        .write("madrid")
        .press("enter")
        .sees("NameMachine")
        .press("enter")
        .sees("Launch")
        .shows("radiology-3 in ES (new)");
    assert_eq!(beyond_news(&walk), None, "nothing is made before it goes on");
    let walk = walk.press("enter").answer(&register, Reply::Machine(Ok(made.clone())));
    assert_eq!(walk.state().machine, Some(made));
    assert_eq!(walk.state().location, Some(Location::Zone("ES".into())));
}

#[test]
fn esc_leads_back_to_the_card_with_nothing_changed() {
    let state = WizardState { machine: Some(machine("radiology-3", true)), ..state() };
    let walk = Script::on(state.clone(), To::Launch)
        .write("Night")
        .press("enter")
        .sees("CreateMesh")
        .press("esc")
        .sees("Meshes")
        .press("esc")
        .sees("Launch");
    assert_eq!((walk.state().mesh.clone(), beyond_news(&walk)), (state.mesh, None));
}

#[test]
fn the_footer_of_a_first_screen_says_back_where_esc_leads_back() {
    let says = |script: &Script| -> Vec<&str> {
        script.wizard.page(script.now()).hints.iter().map(|hint| hint.does.id).collect()
    };
    let known = WizardState { instances: vec![remote()], ..first_run() };
    let list = Script::on(known, To::Instances);
    assert!(!says(&list).contains(&"key-back"), "{:?}", says(&list));
    let field = list.paste("mesh.example.org");
    assert!(says(&field).contains(&"key-back"), "{:?}", says(&field));
    let list = field.press("esc");
    assert!(list.exit.is_none() && !says(&list).contains(&"key-back"));
    assert!(list.press("esc").exit.is_some());
}
