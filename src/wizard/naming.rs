//! A name and the short name (slug) that comes of it, the same for a mesh and a
//! machine. The slug follows the name while it is typed, is shown before
//! anything is created, and can be changed. What is typed as a slug is only what
//! one is made of, so what is seen is always what would be sent.

use crate::i18n::{Message, Words};
use crate::secret::Secret;
use crate::slug::slugify;
use crate::wire::{LONGEST_NAME, display_name};
use crate::wizard::event::Key;
use crate::wizard::page::{Block, Tone};
use crate::wizard::text_field::TextField;
use crate::wizard::words::{say, verbatim};

/// A name being given.
#[derive(Clone, Debug, PartialEq)]
pub struct Naming {
    name: TextField,
    slug: TextField,
    /// The slug is the person's own and follows the name no more.
    own_slug: bool,
    /// Enter was pressed over nothing.
    insisted: bool,
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Name,
    Slug,
}

impl Naming {
    /// Begins with `name`, which may be empty, and with a slug where one was
    /// chosen for it before.
    pub fn new(name: &str, slug: Option<&str>) -> Self {
        let mut naming = Self {
            name: TextField::of_words().with(name),
            slug: TextField::new(),
            own_slug: false,
            insisted: false,
        };
        naming.follow();
        if let Some(own) = slug.filter(|own| *own != naming.slug.text()) {
            naming.slug.set(own);
            naming.own_slug = true;
        }
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

    /// Whether there is a name to go on with; if not, that is said from now on.
    pub fn settle(&mut self) -> bool {
        self.insisted = display_name(self.name.text()).is_none();
        !self.insisted
    }

    /// A key for the text, and whether it was one.
    pub fn key(&mut self, part: Part, key: Key) -> bool {
        let field = self.field(part);
        let before = field.text().to_owned();
        let taken = field.on(key);
        if field.text() != before {
            self.edited(part);
        }
        taken
    }

    pub fn paste(&mut self, part: Part, pasted: &Secret) {
        self.field(part).paste(pasted);
        self.edited(part);
    }

    fn field(&mut self, part: Part) -> &mut TextField {
        match part {
            Part::Name => &mut self.name,
            Part::Slug => &mut self.slug,
        }
    }

    fn edited(&mut self, part: Part) {
        self.insisted = false;
        match part {
            // A slug that was emptied follows the name again.
            Part::Slug => self.own_slug = !self.slug.is_empty(),
            Part::Name => self.follow(),
        }
    }

    fn follow(&mut self) {
        if !self.own_slug {
            self.slug.set(&slugify(self.name.text()));
        }
    }

    /// The two fields, the cursor in one of them or in neither. `example` stands
    /// in the empty one for the name.
    pub fn blocks(&self, at: Option<Part>, example: Words) -> Vec<Block> {
        let mut name =
            self.name.shown(say("naming-name"), at == Some(Part::Name)).placeholder(example);
        if self.name.trimmed().chars().count() > LONGEST_NAME {
            name = name.note(Tone::Bad, say("name-too-long"));
        } else if self.insisted {
            name = name.note(Tone::Bad, say("naming-nameless"));
        }
        let mut slug = self.slug.shown(say("naming-slug"), at == Some(Part::Slug));
        if self.name.is_empty() {
            slug = slug.placeholder(say("naming-slug-follows"));
        } else if self.slug().is_none() {
            slug = slug.placeholder(say("naming-slug-made"));
        }
        let note = match self.slug() {
            Some(real) if real != self.slug.text() => {
                Message::new("naming-slug-becomes").with("slug", verbatim(&real)).into()
            }
            _ if at == Some(Part::Slug) => say("naming-slug-rule"),
            _ => say("naming-slug-fixed"),
        };
        vec![Block::Field(name), Block::Field(slug.note(Tone::Dim, note))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::event::KeyCode;

    fn typed(naming: &mut Naming, part: Part, text: &str) {
        text.chars().for_each(|c| assert!(naming.key(part, Key::char(c))));
    }

    #[test]
    fn the_slug_follows_the_name_until_it_is_the_persons_own() {
        let mut naming = Naming::new("Munich Hospital — Radiology", None);
        assert_eq!(naming.slug().as_deref(), Some("munich-hospital-radiology"));
        naming.key(Part::Slug, Key::ctrl('u'));
        typed(&mut naming, Part::Slug, "Rad 3");
        assert_eq!(naming.slug().as_deref(), Some("rad-3"));
        typed(&mut naming, Part::Name, "!");
        assert_eq!(
            (naming.name(), naming.slug().as_deref()),
            ("Munich Hospital — Radiology!", Some("rad-3"))
        );
        // Emptied, it follows again.
        naming.key(Part::Slug, Key::ctrl('u'));
        naming.key(Part::Name, Key::plain(KeyCode::Backspace));
        assert_eq!(naming.slug().as_deref(), Some("munich-hospital-radiology"));
    }

    #[test]
    fn one_that_was_chosen_before_stays_chosen() {
        let mut naming = Naming::new("Ops", Some("ops-2"));
        typed(&mut naming, Part::Name, "!");
        assert_eq!(naming.slug().as_deref(), Some("ops-2"));
        let mut naming = Naming::new("Ops", Some("ops"));
        typed(&mut naming, Part::Name, " 7");
        assert_eq!(naming.slug().as_deref(), Some("ops-7"));
    }

    #[test]
    fn a_name_of_which_no_slug_is_left_leaves_it_to_the_instance() {
        let mut naming = Naming::new("日本", None);
        assert_eq!(naming.slug(), None);
        assert!(naming.settle());
    }

    #[test]
    fn nothing_goes_on_without_a_name() {
        let mut naming = Naming::new("  ", None);
        assert!(!naming.settle() && naming.insisted);
        // Nor with one of which nothing is seen, nor with more than is kept.
        assert!(!Naming::new("\u{200b}\u{200d} ", None).settle());
        let mut naming = Naming::new(&"x".repeat(LONGEST_NAME + 1), None);
        assert!(!naming.settle());
        naming.key(Part::Name, Key::plain(KeyCode::Backspace));
        assert!(naming.settle());
    }
}
