//! Lines of styled text, measured as a terminal measures them: in cells, by
//! grapheme cluster. Wrapping and cutting never split a cluster and go by the
//! order of the text, so that a right-to-left name loses its end, not its
//! beginning.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::terminal::theme::Role;
use crate::wizard::page::Tone;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub role: Role,
}

/// What becomes of a line when there are more lines than rows. The order of
/// giving way is the order here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropPriority {
    /// Drawn large where there is room.
    Art,
    /// Air that is nice to have.
    Air,
    Blank,
    /// Dim text. Lines with the same number go together.
    Dim(usize),
    /// The first row.
    Title,
    /// Words and facts beside what is asked, where even that has no room:
    /// half a sentence says nothing. Lines with the same number go together.
    Beside(usize),
    /// What is worth knowing before going on: after all that is only told. Lines
    /// with the same number go together.
    Warning(usize),
    /// Never goes.
    Firm,
}

/// One row of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From left to right.
    pub spans: Vec<Span>,
    /// When it gives way.
    pub keep: DropPriority,
    /// The list it is part of and its item, where it is of one: what scrolls.
    pub item: Option<(usize, usize)>,
    /// Whether this is what the person looks at: scrolling keeps it in sight.
    pub focus: Option<Focus>,
    /// The cursor's column, where the cursor is on this line.
    pub caret: Option<usize>,
    /// Whether more of its list lies above and below; said at the right end.
    pub more: (bool, bool),
}

/// How much a line is looked at; the greatest wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Focus {
    /// Something is being done, or failed.
    Status,
    Code,
    /// Chosen in a list.
    Cursor,
    /// A field that is typed into.
    Caret,
}

impl Line {
    /// A line of these spans that stays.
    pub fn of(spans: Vec<Span>) -> Self {
        Self {
            spans,
            keep: DropPriority::Firm,
            item: None,
            focus: None,
            caret: None,
            more: (false, false),
        }
    }

    pub fn text(text: impl Into<String>, role: Role) -> Self {
        Self::of(vec![span(text, role)])
    }

    /// A line with nothing on it.
    pub fn blank(keep: DropPriority) -> Self {
        Self { keep, ..Self::of(Vec::new()) }
    }

    /// The same, giving way as `keep` says.
    #[must_use]
    pub fn keep(mut self, keep: DropPriority) -> Self {
        self.keep = keep;
        self
    }

    /// The same, looked at.
    #[must_use]
    pub fn focus(mut self, focus: Focus) -> Self {
        self.focus = Some(focus);
        self
    }

    pub fn width(&self) -> usize {
        self.spans.iter().map(|span| width(&span.text)).sum()
    }
}

pub fn span(text: impl Into<String>, role: Role) -> Span {
    Span { text: text.into(), role }
}

/// A span in a tone.
pub fn toned(text: impl Into<String>, tone: Tone) -> Span {
    span(text, Role::Tone(tone))
}

/// `count` blank cells.
pub fn space(count: usize) -> Span {
    toned(" ".repeat(count), Tone::Plain)
}

/// Cells that `text` takes.
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// `text` in at most `room` cells, its end given up for a `…` if need be.
pub fn cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        used += cluster.width();
        if used + 1 > room {
            break;
        }
        short.push_str(cluster);
    }
    if room > 0 {
        short.push('…');
    }
    short
}

/// `text` as lines of at most `room` cells, broken at blanks; a word longer
/// than a line is broken inside. Nothing but blanks is lost.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    if width(text) <= room {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let wide = width(word);
        if used > 0 && used + 1 + wide <= room {
            used += 1 + wide;
            push(&mut lines, " ");
            push(&mut lines, word);
            continue;
        }
        if used > 0 {
            lines.push(String::new());
        }
        used = spread(&mut lines, word, room);
    }
    lines
}

/// `text` as lines of exactly `room` cells but the last: for what has no
/// blanks and must be whole, such as a link.
pub fn fold(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = vec![String::new()];
    spread(&mut lines, text, room);
    lines
}

/// Puts `text` onto the last line, which is empty, and as many more as it takes;
/// gives how many cells of the last are used then.
fn spread(lines: &mut Vec<String>, text: &str, room: usize) -> usize {
    let mut used = 0;
    for cluster in text.graphemes(true) {
        if used + cluster.width() > room && used > 0 {
            lines.push(String::new());
            used = 0;
        }
        used += cluster.width();
        push(lines, cluster);
    }
    used
}

fn push(lines: &mut [String], text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_wide_is_counted_wide() {
        assert_eq!(width("añ"), 2);
        assert_eq!(width("医院"), 4);
        assert_eq!(width("👩‍⚕️e\u{301}"), 3);
        assert_eq!(cut("医院医院", 5), "医院…");
        assert_eq!(cut("שלום עולם", 5), "שלום…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensible", 6), ["incomp", "rehens", "ible"]);
        assert_eq!(wrap("", 5), [""]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_is_lost(text in "\\PC{0,80}", room in 2_usize..30) {
            for line in wrap(&text, room) {
                // One cluster may be wider than any room.
                let one = line.graphemes(true).count() == 1;
                prop_assert!(one || width(&line) <= room, "{line:?}");
            }
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(bare(&wrap(&text, room).concat()), bare(&text));
            prop_assert_eq!(fold(&text, room).concat(), text.clone());
            prop_assert!(width(&cut(&text, room)) <= room);
        }
    }
}
