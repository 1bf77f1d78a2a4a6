//! Picking a mesh: those the account is in, a new one, or one by invite. A mesh
//! that was created or joined on a screen above is taken as picked, so this
//! answers Back when the person comes back with it.

use crate::error::AppError;
use crate::i18n::{Message, folded};
use crate::input::pasted::Pasted;
use crate::secret::Secret;
use crate::slug::slugify;
use crate::time_point::TimePoint;
use crate::wire::NewMesh;
use crate::wizard::draft::{self, CardRow};
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::Keys;
use crate::wizard::list::{choice, choice_with};
use crate::wizard::next::{Next, To};
use crate::wizard::page::{Block, Choice, Page, Tone};
use crate::wizard::picker::Picker;
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, Mesh, Role, WizardState};
use crate::wizard::words::{error, instance_corner, say, verbatim};

/// Picking a mesh.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meshes {
    picker: Picker,
    /// Whether the person was here before.
    entered: bool,
    /// The mesh in use then, or to be made.
    before: (Option<String>, Option<NewMesh>),
    /// Why they could not be listed.
    error: Option<AppError>,
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Use(Mesh),
    Again,
    Create,
    Join,
}

impl Meshes {
    /// Nothing typed; the cursor on the mesh in use.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The meshes that fit what is typed, those that begin so first, and the
    /// other ways to one.
    fn entries(&self, state: &WizardState) -> Vec<Entry> {
        let query = folded(self.picker.query());
        let mut fitting: Vec<(u8, String, &Mesh)> = state
            .meshes
            .iter()
            .flatten()
            .filter_map(|mesh| {
                let name = folded(&mesh.name);
                let begins = name.starts_with(&query) || mesh.slug.starts_with(&query);
                let fits = begins || name.contains(&query) || mesh.slug.contains(&query);
                fits.then_some((u8::from(!begins), name, mesh))
            })
            .collect();
        fitting.sort_by(|a, b| (a.0, &a.1, &a.2.slug).cmp(&(b.0, &b.1, &b.2.slug)));
        let mut entries: Vec<Entry> =
            fitting.into_iter().map(|(_, _, mesh)| Entry::Use(mesh.clone())).collect();
        entries.extend(self.error.is_some().then_some(Entry::Again));
        entries.extend([Entry::Create, Entry::Join]);
        entries
    }

    /// The cursor on the mesh in use.
    fn stand(&mut self, state: &WizardState) {
        let used = |mesh: &Mesh| is_in_use(mesh, state);
        let at = self
            .entries(state)
            .iter()
            .position(|entry| matches!(entry, Entry::Use(mesh) if used(mesh)));
        self.picker.set_cursor(at.unwrap_or(0));
    }

    fn list(&mut self, state: &WizardState) -> Next {
        self.error = None;
        match &state.access {
            Some(access) => Next::ask(Effect::ListMeshes(access.clone())),
            None => Next::stay(),
        }
    }

    fn choose(&mut self, entry: Entry, state: &WizardState) -> Next {
        match entry {
            Entry::Use(mesh) => Next::back().learn(Fact::Mesh(mesh)),
            Entry::Again => self.list(state),
            // What was looked for and is not there is probably to be made.
            Entry::Create => {
                let typed = self.picker.query();
                let new = match draft::mesh(state) {
                    CardRow::ToCreate(new) if typed.is_empty() => new,
                    _ => NewMesh { name: typed.to_owned(), slug: None },
                };
                Next::open(To::CreateMesh(new))
            }
            Entry::Join => Next::open(To::Join(None)),
        }
    }

    fn has_none(state: &WizardState) -> bool {
        state.meshes.as_ref().is_some_and(Vec::is_empty)
    }
}

/// Whether the launch card has this one.
fn is_in_use(mesh: &Mesh, state: &WizardState) -> bool {
    matches!(draft::mesh(state), CardRow::Existing(used) if used.id == mesh.id)
}

/// What stands in the list for a mesh.
fn item(entry: &Entry, state: &WizardState) -> Choice {
    match entry {
        Entry::Again => choice(say("mesh-again")),
        Entry::Create => choice_with(say("mesh-create"), say("mesh-create-detail")),
        Entry::Join => choice_with(say("welcome-join"), say("welcome-join-detail")),
        Entry::Use(mesh) => {
            // Two may have one name; their short names then tell them apart.
            let label = if slugify(&mesh.name) == mesh.slug {
                verbatim(&mesh.name)
            } else {
                verbatim(&format!("{} ({})", mesh.name, mesh.slug))
            };
            let role = match mesh.role {
                Role::Admin => say("mesh-role-admin"),
                Role::Member => say("mesh-role-member"),
            };
            let in_use = is_in_use(mesh, state);
            let people = i64::try_from(mesh.member_count).unwrap_or(i64::MAX);
            let id = if in_use { "mesh-detail-in-use" } else { "mesh-detail" };
            choice_with(label, Message::new(id).with("role", role).with("people", people))
        }
    }
}

impl Screen for Meshes {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        let used = (state.mesh.as_ref().map(|mesh| mesh.id.clone()), state.new_mesh.clone());
        if self.entered {
            return if self.before == used { Next::stay() } else { Next::back() };
        }
        (self.entered, self.before) = (true, used);
        self.stand(state);
        if state.meshes.is_none() { self.list(state) } else { Next::stay() }
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        let entries = self.entries(state);
        match self.picker.key(key, entries.len()).and_then(|at| entries.into_iter().nth(at)) {
            Some(entry) => self.choose(entry, state),
            None => Next::stay(),
        }
    }

    /// What narrows the list is meant so, whatever else it could be.
    fn takes(&self, _: &Pasted, text: &Secret, state: &WizardState) -> bool {
        let mut with = self.clone();
        with.picker.paste(text);
        with.entries(state).iter().any(|entry| matches!(entry, Entry::Use(_)))
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        self.picker.paste(pasted);
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, _: TimePoint) -> Next {
        let Reply::Meshes(answer) = reply else { return Next::stay() };
        let on = self.entries(state).into_iter().nth(self.picker.cursor(usize::MAX));
        match answer {
            Ok(meshes) => {
                let after = WizardState { meshes: Some(meshes.clone()), ..state.clone() };
                if self.picker.is_touched() {
                    // Lines came in above: the cursor stays on what it was on.
                    let at = self.entries(&after).into_iter().position(|entry| Some(entry) == on);
                    self.picker.set_cursor(at.unwrap_or(0));
                } else {
                    self.stand(&after);
                }
                Next::stay().learn(Fact::Meshes(meshes))
            }
            Err(what) => {
                self.error = Some(what);
                Next::stay()
            }
        }
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        Picker::keys()
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-mesh"));
        page.corner = instance_corner(state);
        page.blocks.extend(draft::gone_mesh(state).map(|gone| Block::toned(Tone::Tip, gone)));
        let question = if Self::has_none(state) { "mesh-none" } else { "mesh-which" };
        page.blocks.push(Block::text(say(question)));
        if state.meshes.is_none() && self.error.is_none() {
            page.blocks.push(Block::toned(Tone::Dim, say("mesh-looking")));
        }
        page.blocks.extend(self.error.iter().flat_map(error));
        let entries = self.entries(state);
        let fits = entries.iter().any(|entry| matches!(entry, Entry::Use(_)));
        let items = entries.iter().map(|entry| item(entry, state)).collect();
        let blocks = self.picker.blocks(say("mesh-filter"), say("mesh-filter-hint"), items);
        // Where there is nothing to narrow there is nothing to type.
        let field = usize::from(Self::has_none(state));
        page.blocks.extend(blocks.into_iter().skip(field));
        if !fits && state.meshes.is_some() && !self.picker.query().is_empty() {
            let none = Message::new("mesh-none-fits").with("text", verbatim(self.picker.query()));
            let at = page.blocks.len() - 1;
            page.blocks.insert(at, Block::text(none));
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::pasted;
    use crate::wizard::effect::Attempt;
    use crate::wizard::event::{Event, Key};
    use crate::wizard::testing::{
        DOWN, ENTER, access, at, at_launch, mesh, signed_in, unreachable,
    };

    fn opened(state: &WizardState) -> Meshes {
        let mut screen = Meshes::new();
        assert_eq!(screen.open(state, at(0)), Next::stay());
        screen
    }

    fn paste(text: &str) -> Event {
        Event::Paste(Secret::new(text))
    }

    fn reply(answer: Result<Vec<Mesh>, AppError>) -> Event {
        Event::Reply(Attempt(1), Reply::Meshes(answer))
    }

    #[test]
    fn typing_narrows_and_enter_picks() {
        let state = at_launch();
        let mut screen = opened(&state);
        for c in "RADI".chars() {
            assert_eq!(screen.on(Event::Key(Key::char(c)), &state, at(0)), Next::stay());
        }
        let next = screen.on(ENTER, &state, at(0));
        assert_eq!(next, Next::back().learn(Fact::Mesh(mesh("radiology"))));
    }

    #[test]
    fn the_one_in_use_is_marked_and_chosen_first() {
        let state = WizardState { mesh: Some(mesh("radiology")), ..at_launch() };
        let mut screen = opened(&state);
        let detail = item(&Entry::Use(mesh("radiology")), &state).detail;
        assert_eq!(
            detail,
            Some(
                Message::new("mesh-detail-in-use")
                    .with("role", say("mesh-role-member"))
                    .with("people", 4)
                    .into()
            )
        );
        let next = screen.on(ENTER, &state, at(0));
        assert_eq!(next, Next::back().learn(Fact::Mesh(mesh("radiology"))));
    }

    #[test]
    fn what_is_not_there_is_made_under_that_name() {
        let state = at_launch();
        let mut screen = opened(&state);
        screen.on(paste("Night shift"), &state, at(0));
        let next = screen.on(ENTER, &state, at(0));
        assert_eq!(
            next,
            Next::open(To::CreateMesh(NewMesh { name: "Night shift".into(), slug: None }))
        );
        screen.on(DOWN, &state, at(0));
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::open(To::Join(None)));
    }

    #[test]
    fn what_narrows_the_list_is_meant_so_and_anything_else_leads_on() {
        let state = at_launch();
        let screen = opened(&state);
        let takes = |text: &str| {
            let pasted = pasted::recognise(text).expect("something we know");
            screen.takes(&pasted, &Secret::new(text), &state)
        };
        assert!(!takes("https://mesh.example.org/i/abcde-23456-fghij-67234"));
        assert!(!takes("mesh.example.org"));
        let named = Mesh { name: "mesh.example.org".into(), ..mesh("host") };
        let state = WizardState { meshes: Some(vec![named]), ..at_launch() };
        let address = Pasted::Address("mesh.example.org".into());
        assert!(opened(&state).takes(&address, &Secret::new("mesh.example.org"), &state));
    }

    #[test]
    fn they_are_asked_for_once_and_again_after_trouble() {
        let state = signed_in();
        let ask = || Next::ask(Effect::ListMeshes(access()));
        let mut screen = Meshes::new();
        assert_eq!(screen.open(&state, at(0)), ask());
        assert_eq!(screen.open(&state, at(0)), Next::stay());
        assert_eq!(screen.on(reply(Err(unreachable())), &state, at(1)), Next::stay());
        assert_eq!(screen.entries(&state), [Entry::Again, Entry::Create, Entry::Join]);
        assert_eq!(screen.on(ENTER, &state, at(2)), ask());
        let next = screen.on(reply(Ok(vec![mesh("ops")])), &state, at(3));
        assert_eq!(next, Next::stay().learn(Fact::Meshes(vec![mesh("ops")])));
    }

    #[test]
    fn the_list_arrives_without_moving_the_cursor_from_under_a_finger() {
        let mut state = signed_in();
        state.remembered.mesh = Some("radiology".into());
        let meshes = vec![mesh("ops"), mesh("radiology")];
        let mut screen = Meshes::new();
        screen.open(&state, at(0));
        let mut busy = screen.clone();
        busy.on(DOWN, &state, at(0));
        for screen in [&mut screen, &mut busy] {
            screen.on(reply(Ok(meshes.clone())), &state, at(1));
        }
        state.meshes = Some(meshes);
        let next = screen.on(ENTER, &state, at(2));
        assert_eq!(next, Next::back().learn(Fact::Mesh(mesh("radiology"))));
        assert_eq!(busy.on(ENTER, &state, at(2)), Next::open(To::Join(None)));
    }

    #[test]
    fn a_mesh_made_above_is_picked() {
        let mut state = at_launch();
        let mut screen = opened(&state);
        state.mesh = Some(mesh("new"));
        assert_eq!(screen.open(&state, at(1)), Next::back());
    }
}
