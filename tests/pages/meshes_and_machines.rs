//! The screens that pick or make a mesh, a machine and a place, in every state
//! a person can meet, in both languages. Each state is walked to, so that the
//! footer is the wizard's own.

use crewmesh::i18n::{Language, Message};
use crewmesh::model::{Mesh, Role};
use crewmesh::secret::Secret;
use crewmesh::trouble::{Kind, Trouble};
use crewmesh::wizard::Wizard;
use crewmesh::wizard::effect::{Attempt, Command};
use crewmesh::wizard::event::{Event, Key, KeyCode, Reply};
use crewmesh::wizard::known::Known;
use crewmesh::wizard::screens::{AnyScreen, create_mesh::CreateMesh, mesh::Meshes};

use super::pictures_at;
use crate::support::fixtures::{at, at_launch, mesh, signed_in};

const SMALL: [(u16, u16); 3] = [(80, 24), (40, 12), (24, 6)];
const ENTER: Key = Key::plain(KeyCode::Enter);
const TAB: Key = Key::plain(KeyCode::Tab);

/// A walk that begins on the screen in question.
struct Walk {
    wizard: Wizard,
    asked: Option<Attempt>,
}

impl Walk {
    fn on(known: Known, screen: impl Into<AnyScreen>) -> Self {
        let (wizard, commands) = Wizard::start(known, screen.into(), at(0));
        let mut walk = Self { wizard, asked: None };
        walk.note(&commands);
        walk
    }

    fn note(&mut self, commands: &[Command]) {
        let started = commands.iter().rev().find_map(|command| match command {
            Command::Start(attempt, _) => Some(*attempt),
            _ => None,
        });
        self.asked = started.or(self.asked);
    }

    fn tell(mut self, event: Event) -> Self {
        let commands = self.wizard.update(at(1), event);
        self.note(&commands);
        self
    }

    fn press(self, key: Key) -> Self {
        self.tell(Event::Key(key))
    }

    fn write(self, text: &str) -> Self {
        self.tell(Event::Paste(Secret::new(text)))
    }

    fn answer(self, reply: Reply) -> Self {
        let asked = self.asked.expect("something was asked");
        self.tell(Event::Reply(asked, reply))
    }
}

/// The states of one screen, as a person sees them.
fn seen(name: &str, states: Vec<(&str, Walk)>) {
    for (state, walk) in states {
        let page = walk.wizard.page(at(1));
        let text: String =
            Language::ALL.iter().map(|language| pictures_at(&SMALL, &page, *language)).collect();
        // Beside the others, under the screen's own name.
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{name}-{state}"), text);
        });
    }
}

fn refused() -> Trouble {
    let host = |id| Message::new(id).with("host", "mesh.example.org");
    Trouble::new(Kind::Unreachable, "connection_refused", host("reach-refused"))
        .hint(host("reach-refused-hint"))
}

fn taken(suggestion: &str) -> Trouble {
    let message = Message::new("api-slug-taken").with("host", "mesh.example.org");
    let taken = Trouble::new(Kind::AlreadyExists, "slug_taken", message);
    Trouble { suggestion: Some(suggestion.into()), ..taken }
}

fn named(name: &str, slug: &str, role: Role, member_count: u64) -> Mesh {
    Mesh { name: name.into(), role, member_count, ..mesh(slug) }
}

#[test]
fn meshes() {
    let few = vec![
        named("Platform team", "platform-team", Role::Admin, 12),
        named("Radiología de guardia", "radiologia-de-guardia", Role::Member, 4),
        named("Ops", "ops-2", Role::Member, 1),
    ];
    let known = Known { meshes: Some(few.clone()), mesh: Some(few[1].clone()), ..at_launch() };
    let many =
        (0..60).map(|n| named(&format!("Ward {n:02}"), &format!("ward-{n:02}"), Role::Member, n));
    let many = Known { meshes: Some(many.collect()), ..at_launch() };
    let none = Known { meshes: Some(vec![]), ..at_launch() };
    let on = |known: &Known| Walk::on(known.clone(), Meshes::new());
    let page_down = Key::plain(KeyCode::PageDown);
    seen(
        "meshes",
        vec![
            ("few", on(&known)),
            ("narrowed", on(&known).write("team")),
            ("nothing-fits", on(&known).write("Night shift")),
            ("many", on(&many).press(page_down).press(page_down).press(page_down)),
            ("none", on(&none)),
            ("looking", on(&signed_in())),
            ("trouble", on(&signed_in()).answer(Reply::Meshes(Err(refused())))),
        ],
    );
}

#[test]
fn create_mesh() {
    let on = |name: &str| Walk::on(at_launch(), CreateMesh::named(name));
    let plan = Message::new("api-plan-required").with("host", "mesh.example.org");
    let plan = Trouble::new(Kind::NotAllowed, "plan_required", plan.with("detail", "Team"));
    let answer = |trouble| Reply::Mesh(Err(trouble));
    seen(
        "create-mesh",
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
        ],
    );
}
