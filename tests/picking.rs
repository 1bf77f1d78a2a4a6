//! From the launch card into the screens that pick or make a mesh, a machine
//! and a place, and back: whole walks over the wizard alone.

use crewmesh::api::wire::NewMesh;
use crewmesh::model::{Agent, Machine, Mesh};
use crewmesh::secret::Secret;
use crewmesh::wizard::Wizard;
use crewmesh::wizard::effect::{Attempt, Command, Effect};
use crewmesh::wizard::event::{Event, Key, KeyCode, Reply};
use crewmesh::wizard::known::{Known, Location};
use crewmesh::wizard::screens::{
    AnyScreen, create_mesh::CreateMesh, launch::Launch, location::Places, machine::Machines,
    mesh::Meshes, name_machine::NameMachine,
};
use proptest::prelude::*;

use crate::support::fixtures::{access, agent, at, at_launch, machine, mesh, slug_taken};

struct Walk {
    wizard: Wizard,
    asked: Vec<(Attempt, Effect)>,
}

impl Walk {
    fn on(known: Known, screen: impl Into<AnyScreen>) -> Self {
        let (wizard, commands) = Wizard::start(known, screen.into(), at(0));
        let mut walk = Self { wizard, asked: Vec::new() };
        walk.note(commands);
        walk
    }

    fn note(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Start(attempt, effect) => self.asked.push((attempt, effect)),
                Command::Forget(attempt) => self.asked.retain(|(asked, _)| *asked != attempt),
                Command::Plain | Command::Exit(_) => {}
            }
        }
    }

    fn tell(mut self, event: Event) -> Self {
        let commands = self.wizard.update(at(1), event);
        self.note(commands);
        self
    }

    fn press(self, code: KeyCode) -> Self {
        self.tell(Event::Key(Key::plain(code)))
    }

    fn write(self, text: &str) -> Self {
        text.chars().fold(self, |walk, c| walk.press(KeyCode::Char(c)))
    }

    /// The one thing that is asked for, answered.
    #[track_caller]
    fn answer(mut self, effect: &Effect, reply: Reply) -> Self {
        let (attempt, asked) = self.asked.pop().expect("something was asked");
        assert_eq!(asked, *effect);
        self.tell(Event::Reply(attempt, reply))
    }

    #[track_caller]
    fn sees(self, screen: &str) -> Self {
        assert_eq!(self.wizard.screen(), screen);
        self
    }

    fn known(&self) -> &Known {
        self.wizard.known()
    }
}

/// On an instance with others, with everything but what is asked for here.
fn known() -> Known {
    let agent: Agent = agent("claude");
    Known { agent: Some(agent), ..at_launch() }
}

fn create(name: &str, slug: &str) -> Effect {
    Effect::CreateMesh(access(), NewMesh { name: name.into(), slug: Some(slug.into()) })
}

#[test]
fn a_mesh_made_on_the_way_is_on_the_card() {
    let this = Known { machine: Some(machine("radiology-3", true)), ..known() };
    let made = Mesh { name: "Night shift".into(), ..mesh("night-shift-2") };
    let walk = Walk::on(this, Launch::new())
        .sees("Meshes")
        .write("Night shift")
        .press(KeyCode::Enter)
        .sees("CreateMesh")
        .press(KeyCode::Enter)
        .answer(
            &create("Night shift", "night-shift"),
            Reply::Mesh(Err(slug_taken("night-shift-2"))),
        )
        .sees("CreateMesh")
        .press(KeyCode::Enter)
        .answer(&create("Night shift", "night-shift-2"), Reply::Mesh(Ok(made.clone())))
        .sees("Launch");
    assert_eq!(walk.known().mesh, Some(made));
}

#[test]
fn a_machine_is_named_placed_and_on_the_card() {
    let known = Known { mesh: Some(mesh("ops")), ..known() };
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
    let walk = Walk::on(known, Launch::new())
        .sees("Machines")
        .press(KeyCode::Enter)
        .sees("NameMachine")
        .press(KeyCode::Down)
        .press(KeyCode::Enter)
        .sees("Places")
        .write("madrid")
        .press(KeyCode::Enter)
        .sees("NameMachine")
        .press(KeyCode::Enter)
        .answer(&register, Reply::Machine(Ok(made.clone())))
        .sees("Launch");
    assert_eq!(walk.known().machine, Some(made));
    assert_eq!(walk.known().location, Some(Location::Zone("ES".into())));
}

#[test]
fn esc_leads_back_to_the_card_with_nothing_changed() {
    let known = Known { machine: Some(machine("radiology-3", true)), ..known() };
    let walk = Walk::on(known.clone(), Launch::new())
        .write("Night")
        .press(KeyCode::Enter)
        .press(KeyCode::Enter)
        // The first takes the question back, the next ones the screens.
        .press(KeyCode::Esc)
        .sees("CreateMesh")
        .press(KeyCode::Esc)
        .sees("Meshes")
        .press(KeyCode::Esc)
        .sees("Launch");
    assert_eq!((walk.known().mesh.clone(), walk.asked), (known.mesh, vec![]));
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let key = prop_oneof![
        Just(KeyCode::Enter),
        Just(KeyCode::Up),
        Just(KeyCode::Down),
        Just(KeyCode::PageDown),
        Just(KeyCode::Tab),
        Just(KeyCode::Esc),
        Just(KeyCode::Backspace),
        any::<char>().prop_map(KeyCode::Char),
    ];
    let event = prop_oneof![
        8 => key.prop_map(|code| Event::Key(Key::plain(code))),
        1 => "\\PC{0,12}".prop_map(|text| Event::Paste(Secret::new(text))),
        1 => (0_u64..9).prop_map(|n| Event::Reply(Attempt(n), Reply::Mesh(Ok(mesh("ops"))))),
        1 => (0_u64..9).prop_map(|n| Event::Reply(Attempt(n), Reply::Machine(Ok(machine("x", true))))),
        1 => (0_u64..9).prop_map(|n| Event::Reply(Attempt(n), Reply::Meshes(Ok(vec![])))),
        1 => (0_u64..9).prop_map(|n| Event::Reply(Attempt(n), Reply::Machines(Err(slug_taken("a"))))),
    ];
    prop::collection::vec(event, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_pressed_there_is_a_page(events in events(), first in 0..5_usize) {
        let screens: [AnyScreen; 5] = [
            Meshes::new().into(),
            CreateMesh::new().into(),
            Machines::new().into(),
            NameMachine::new().into(),
            Places::new().into(),
        ];
        let mut walk = Walk::on(known(), screens[first].clone());
        for event in events {
            walk = walk.tell(event);
            let over = walk.wizard.screen().is_empty();
            prop_assert!(over || !walk.wizard.page(at(1)).blocks.is_empty());
        }
    }
}
