//! The first row of a page and its last ones: title and hints.

use crate::i18n::Message;
use crate::terminal::blocks::BlockLayout;
use crate::terminal::line::{DropPriority, Line, cut, space, toned, width};
use crate::wizard::page::{Corner, Hint, Page, Tone};
use crate::wizard::words::{clock, whole_seconds};

/// The mark, the name, the page's title; the corner at the right end. The
/// corner is the last to be cut: a countdown is worth more than a title.
pub fn title(page: &Page, layout: BlockLayout<'_>) -> Line {
    let mark = if layout.look.draws_signs() { "██ " } else { "## " };
    let corner = corner(page, layout);
    let room = layout.room.saturating_sub(width(&corner) + 2);
    let mut line = Line::of(vec![toned(mark, Tone::Tip), toned("crewmesh", Tone::Strong)]);
    if line.width() > room {
        line.spans.pop();
    }
    if let Some(words) = &page.title {
        let title = layout.catalog.words(words);
        let left = room.saturating_sub(line.width() + 2);
        if left > 2 {
            line.spans.extend([space(2), toned(cut(&title, left), Tone::Plain)]);
        }
    }
    let corner = cut(&corner, layout.room.saturating_sub(line.width() + 1));
    line.spans.push(space(layout.room.saturating_sub(line.width() + width(&corner))));
    line.spans.push(toned(corner, Tone::Dim));
    line.keep(DropPriority::Title)
}

fn corner(page: &Page, layout: BlockLayout<'_>) -> String {
    match &page.corner {
        None => String::new(),
        Some(Corner::Words(words)) => layout.catalog.words(words).into_owned(),
        Some(Corner::Remaining(left)) if layout.look.calm => spoken(whole_seconds(*left))
            .map_or_else(String::new, |words| layout.catalog.say(&words)),
        Some(Corner::Remaining(left)) => {
            layout.catalog.say(&Message::new("expires-clock").with("clock", clock(*left)))
        }
    }
}

/// What is said of a countdown that does not tick: nothing, five minutes, one
/// minute, ten seconds.
pub fn spoken(seconds: u64) -> Option<Message> {
    match seconds {
        0..=10 => Some(Message::new("expires-seconds").with("seconds", 10)),
        11..=60 => Some(Message::new("expires-minutes").with("minutes", 1)),
        61..=300 => Some(Message::new("expires-minutes").with("minutes", 5)),
        _ => None,
    }
}

/// The hints that fit on `most` lines. A small window shows the first and the
/// one for help, where all of them are; what stands above them is worth more.
pub fn footer_within(hints: &[Hint], layout: BlockLayout<'_>, most: usize) -> Vec<Line> {
    let above = ["key-help", "key-back", "key-quit"];
    let mut hints = hints.to_vec();
    loop {
        let mut lines = footer(&hints, layout);
        if lines.len() <= most {
            return lines;
        }
        let droppable =
            hints.iter().rposition(|hint| !above.contains(&hint.does.id)).filter(|at| *at > 0);
        let goes = droppable.or_else(|| hints.iter().rposition(|hint| hint.does.id != "key-help"));
        let Some(at) = goes.filter(|_| hints.len() > 1) else {
            lines.truncate(most);
            return lines;
        };
        hints.remove(at);
    }
}

/// Whole hints, on as many lines as they need.
fn footer(hints: &[Hint], layout: BlockLayout<'_>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for hint in hints {
        let keys = toned(layout.catalog.words(&hint.keys).into_owned(), Tone::Plain);
        let does = layout.catalog.say(&hint.does);
        let hint_width = width(&keys.text) + 1 + width(&does);
        match lines.last_mut() {
            Some(line) if line.width() + 3 + hint_width <= layout.room => {
                line.spans.extend([space(3), keys, space(1), toned(does, Tone::Dim)]);
            }
            _ => lines.extend(layout.hanging(vec![keys, space(1)], &does, Tone::Dim)),
        }
    }
    lines
}
