//! Creating a mesh: its name, and the short name by which commands and links
//! know it. A short name that is taken is no dead end: the free one that the
//! instance offers is one key away.

use crate::secret::Secret;
use crate::time_point::TimePoint;
use crate::wire::NewMesh;
use crate::wizard::effect::Effect;
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys, TAB};
use crate::wizard::naming::Naming;
use crate::wizard::next::Next;
use crate::wizard::page::{Block, Mark, Page, Row};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Fact, WizardState};
use crate::wizard::words::{say, verbatim};

/// Creating a mesh.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateMesh {
    naming: Naming,
    /// Asked for; the answer is awaited.
    creating: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Create,
    OtherField,
}

impl CreateMesh {
    /// With a name to begin with, which may be empty.
    pub(super) fn new(name: &str) -> Self {
        Self { naming: Naming::new(name), creating: false }
    }

    fn keymap(&self) -> Keymap<Action> {
        if self.creating {
            return Keymap::new();
        }
        let does = if self.naming.offered().is_some() { "key-take-slug" } else { "key-create" };
        Keymap::new().key(ENTER, Action::Create, does).key(
            TAB,
            Action::OtherField,
            self.naming.other_field_hint(),
        )
    }

    fn create(&mut self, state: &WizardState) -> Next {
        let Some(access) = state.access.clone().filter(|_| self.naming.settle()) else {
            return Next::stay();
        };
        self.creating = true;
        let mesh = NewMesh { name: self.naming.name().to_owned(), slug: self.naming.slug() };
        Next::ask(Effect::CreateMesh(access, mesh))
    }
}

impl Screen for CreateMesh {
    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        match self.keymap().find(key) {
            Some(Action::Create) => return self.create(state),
            Some(Action::OtherField) => self.naming.other_field(),
            None if self.creating => {}
            None => {
                self.naming.key(key);
            }
        }
        Next::stay()
    }

    fn on_paste(&mut self, pasted: &Secret, _: &WizardState) -> Next {
        if !self.creating {
            self.naming.paste(pasted);
        }
        Next::stay()
    }

    fn on_reply(&mut self, reply: Reply, _: &WizardState, _: TimePoint) -> Next {
        match reply {
            Reply::Mesh(Ok(mesh)) => return Next::back().learn(Fact::Mesh(mesh)),
            Reply::Mesh(Err(what)) if self.creating => {
                self.creating = false;
                self.naming.refuse(what);
            }
            _ => {}
        }
        Next::stay()
    }

    fn keys(&self, _: &WizardState, _: TimePoint) -> Keys {
        self.keymap().keys()
    }

    /// Back to what was typed. A mesh that is made all the same is taken: it
    /// exists.
    fn close_inner(&mut self) -> bool {
        std::mem::take(&mut self.creating)
    }

    fn page(&self, _: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-create-mesh"));
        if self.creating {
            let row =
                Row::new(Mark::Now, say("create-mesh-row")).value(verbatim(self.naming.name()));
            return page.block(Block::Rows(vec![row]));
        }
        page.blocks.push(Block::text(say("create-mesh-question")));
        page.blocks.extend(self.naming.blocks(say("create-mesh-example")));
        page.blocks.extend(self.naming.error());
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::AppError;
    use crate::wizard::effect::Attempt;
    use crate::wizard::event::Event;
    use crate::wizard::state::Mesh;
    use crate::wizard::testing::{ENTER, access, at, mesh, signed_in, slug_taken, unreachable};

    fn reply(answer: Result<Mesh, AppError>) -> Event {
        Event::Reply(Attempt(1), Reply::Mesh(answer))
    }

    fn asked(name: &str, slug: &str) -> Next {
        let mesh = NewMesh { name: name.into(), slug: Some(slug.into()) };
        Next::ask(Effect::CreateMesh(access(), mesh))
    }

    #[test]
    fn a_name_becomes_a_mesh() {
        let state = signed_in();
        let mut screen = CreateMesh::new("");
        screen.on(Event::Paste(Secret::new("Platform team")), &state, at(0));
        assert_eq!(screen.on(ENTER, &state, at(0)), asked("Platform team", "platform-team"));
        // Pressed twice, asked once.
        assert_eq!(screen.on(ENTER, &state, at(0)), Next::stay());
        let next = screen.on(reply(Ok(mesh("platform-team"))), &state, at(1));
        assert_eq!(next, Next::back().learn(Fact::Mesh(mesh("platform-team"))));
    }

    #[test]
    fn a_taken_slug_is_one_key_from_a_free_one() {
        let state = signed_in();
        let mut screen = CreateMesh::new("Ops");
        screen.on(ENTER, &state, at(0));
        assert_eq!(screen.on(reply(Err(slug_taken("ops-2"))), &state, at(1)), Next::stay());
        let hint = screen.keys(&state, at(1)).footer[0].does.id;
        assert_eq!(hint, "key-take-slug");
        assert_eq!(screen.on(ENTER, &state, at(2)), asked("Ops", "ops-2"));
    }

    #[test]
    fn trouble_leaves_what_was_typed() {
        let state = signed_in();
        let mut screen = CreateMesh::new("Ops");
        screen.on(ENTER, &state, at(0));
        screen.on(reply(Err(unreachable())), &state, at(1));
        assert_eq!(screen.on(ENTER, &state, at(2)), asked("Ops", "ops"));
    }

    #[test]
    fn nothing_is_created_without_a_name() {
        let state = signed_in();
        assert_eq!(CreateMesh::new("").on(ENTER, &state, at(0)), Next::stay());
    }
}
