//! A name and the short name (slug) that comes of it, the same for a mesh and a
//! machine. The slug follows the name while it is typed, is shown before
//! anything is created, and can be changed with Tab. What is typed as a slug is
//! only what one is made of, so what is seen is always what would be sent.

use crate::error::AppError;
use crate::i18n::{Message, Words};
use crate::secret::Secret;
use crate::slug::slugify;
use crate::wire::{LONGEST_NAME, display_name};
use crate::wizard::event::Key;
use crate::wizard::page::{Block, Tone};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{error, say, verbatim};

/// A name being given.
#[derive(Clone, Debug, PartialEq)]
pub struct Naming {
    name: TextField,
    slug: TextField,
    /// The slug is the person's own and follows the name no more.
    own_slug: bool,
    /// Keys go to the slug.
    in_slug: bool,
    /// Why the last try came to nothing.
    refused: Option<AppError>,
    /// Enter was pressed over nothing.
    insisted: bool,
}

impl Naming {
    /// Begins with `name`, which may be empty.
    pub fn new(name: &str) -> Self {
        let mut naming = Self {
            name: TextField::of_words().with(name),
            slug: TextField::new(),
            own_slug: false,
            in_slug: false,
            refused: None,
            insisted: false,
        };
        naming.follow();
        naming
    }

    /// The name as it stands.
    pub fn name(&self) -> &str {
        self.name.trimmed()
    }

    /// The slug to ask for; `None` when nothing of the name is left in it, and
    /// the instance makes one.
    pub fn slug(&self) -> Option<String> {
        Some(slugify(self.slug.text())).filter(|slug| !slug.is_empty())
    }

    /// A free slug the server offered instead of the one that was taken.
    pub fn offered(&self) -> Option<&str> {
        self.refused.as_ref()?.suggestion.as_deref()
    }

    /// Enter: takes what was offered, and says whether there is a name to go
    /// on with.
    pub fn settle(&mut self) -> bool {
        if let Some(offered) = self.offered().map(ToOwned::to_owned) {
            self.slug.set(&offered);
            self.own_slug = true;
        }
        self.refused = None;
        self.insisted = display_name(self.name.text()).is_none();
        self.in_slug &= !self.insisted;
        !self.insisted
    }

    /// The try came to nothing.
    pub fn refuse(&mut self, error: AppError) {
        self.refused = Some(error);
    }

    /// Tab: from the name to the slug and back.
    pub fn other_field(&mut self) {
        self.in_slug = !self.in_slug;
    }

    /// What Tab leads to, for the footer.
    pub fn other_field_hint(&self) -> &'static str {
        if self.in_slug { "key-change-name" } else { "key-change-slug" }
    }

    /// A key for the text, and whether it was one.
    pub fn key(&mut self, key: Key) -> bool {
        let field = if self.in_slug { &mut self.slug } else { &mut self.name };
        let before = field.text().to_owned();
        let taken = field.on(key);
        if field.text() != before {
            self.edited();
        }
        taken
    }

    pub fn paste(&mut self, pasted: &Secret) {
        let field = if self.in_slug { &mut self.slug } else { &mut self.name };
        field.paste(pasted);
        self.edited();
    }

    fn edited(&mut self) {
        self.refused = None;
        self.insisted = false;
        // A slug that was emptied follows the name again.
        self.own_slug = if self.in_slug { !self.slug.is_empty() } else { self.own_slug };
        if !self.in_slug {
            self.follow();
        }
    }

    fn follow(&mut self) {
        if !self.own_slug {
            self.slug.set(&slugify(self.name.text()));
        }
    }

    /// The two fields. `example` stands in the empty one for the name.
    pub fn blocks(&self, example: Words) -> Vec<Block> {
        let mut name = self.name.shown(say("naming-name"), !self.in_slug).placeholder(example);
        if self.name.trimmed().chars().count() > LONGEST_NAME {
            name = name.note(Tone::Bad, say("name-too-long"));
        } else if self.insisted {
            name = name.note(Tone::Bad, say("naming-nameless"));
        }
        let mut slug = self.slug.shown(say("naming-slug"), self.in_slug);
        if self.name.is_empty() {
            slug = slug.placeholder(say("naming-slug-follows"));
        } else if self.slug().is_none() {
            slug = slug.placeholder(say("naming-slug-made"));
        }
        let note = match self.slug() {
            Some(real) if real != self.slug.text() => {
                Message::new("naming-slug-becomes").with("slug", verbatim(&real)).into()
            }
            _ if self.in_slug => say("naming-slug-rule"),
            _ => say("naming-slug-fixed"),
        };
        if self.offered().is_none() {
            slug = slug.note(Tone::Dim, note);
        }
        vec![Block::Field(name), Block::Field(slug)]
    }

    /// What went wrong, and what Enter then does about it.
    pub fn error(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = self.refused.iter().flat_map(error).collect();
        if let Some(offered) = self.offered() {
            let offer = Message::new("naming-slug-offered").with("slug", verbatim(offered));
            blocks.push(Block::toned(Tone::Tip, offer));
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::event::KeyCode;
    use crate::wizard::testing::{slug_taken, unreachable};

    fn typed(naming: &mut Naming, text: &str) {
        text.chars().for_each(|c| assert!(naming.key(Key::char(c))));
    }

    #[test]
    fn the_slug_follows_the_name_until_it_is_the_persons_own() {
        let mut naming = Naming::new("Munich Hospital — Radiology");
        assert_eq!(naming.slug().as_deref(), Some("munich-hospital-radiology"));
        naming.other_field();
        naming.key(Key::ctrl('u'));
        typed(&mut naming, "Rad 3");
        assert_eq!(naming.slug().as_deref(), Some("rad-3"));
        naming.other_field();
        typed(&mut naming, "!");
        assert_eq!(
            (naming.name(), naming.slug().as_deref()),
            ("Munich Hospital — Radiology!", Some("rad-3"))
        );
        // Emptied, it follows again.
        naming.other_field();
        naming.key(Key::ctrl('u'));
        naming.other_field();
        naming.key(Key::plain(KeyCode::Backspace));
        assert_eq!(naming.slug().as_deref(), Some("munich-hospital-radiology"));
    }

    #[test]
    fn a_name_of_which_no_slug_is_left_leaves_it_to_the_instance() {
        let mut naming = Naming::new("日本");
        assert_eq!(naming.slug(), None);
        assert!(naming.settle());
    }

    #[test]
    fn enter_takes_the_slug_that_is_free() {
        let mut naming = Naming::new("Ops");
        assert!(naming.settle());
        naming.refuse(slug_taken("ops-2"));
        assert_eq!(naming.offered(), Some("ops-2"));
        assert!(naming.settle());
        assert_eq!((naming.slug().as_deref(), naming.offered()), (Some("ops-2"), None));
    }

    #[test]
    fn what_was_refused_is_not_offered_for_another_name() {
        let mut naming = Naming::new("Ops");
        naming.refuse(slug_taken("ops-2"));
        typed(&mut naming, "!");
        assert_eq!((naming.offered(), naming.error()), (None, vec![]));
        naming.refuse(unreachable());
        assert_eq!(naming.offered(), None);
        assert!(naming.settle());
        assert_eq!(naming.slug().as_deref(), Some("ops"));
    }

    #[test]
    fn nothing_is_created_without_a_name() {
        let mut naming = Naming::new("  ");
        naming.other_field();
        assert!(!naming.settle());
        assert!(!naming.in_slug && naming.insisted);
        // Nor with one of which nothing is seen, nor with more than is kept.
        assert!(!Naming::new("\u{200b}\u{200d} ").settle());
        let mut naming = Naming::new(&"x".repeat(LONGEST_NAME + 1));
        assert!(!naming.settle());
        naming.key(Key::plain(KeyCode::Backspace));
        assert!(naming.settle());
    }
}
