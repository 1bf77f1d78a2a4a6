//! The first row of a page and its last ones: title, message and hints.

use crate::i18n::{Argument, Message, Words};
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

/// A message in at most `rows`, and a sign where there is more. Of one that has
/// two sentences on lines of their own the second, what comes of it, stays.
pub fn message((tone, words): &(Tone, Words), rows: usize, layout: BlockLayout<'_>) -> Vec<Line> {
    let text = layout.catalog.words(words);
    let of = |text: &str| layout.paragraph(&Words::Verbatim(text.to_owned()), *tone, usize::MAX);
    let mut lines = of(&text);
    if lines.len() <= rows {
        return lines;
    }
    let joined = of(&text.replace('\n', " "));
    if joined.len() <= rows {
        return joined;
    }
    let last = text.rsplit_once('\n').map(|(_, last)| of(last)).unwrap_or_default();
    lines.truncate(rows.saturating_sub(last.len()).max(1));
    if let Some(end) = lines.last_mut().and_then(|line| line.spans.last_mut()) {
        end.text = cut(&format!("{} …", end.text), layout.room);
    }
    lines.extend(last);
    lines.truncate(rows);
    lines
}

/// The hints in one row: those that fit, the one for help among them, where all
/// of them are. In `full` columns where `layout` has fewer; keys that have two
/// names with one of them, before any goes.
pub fn footer(hints: &[Hint], layout: BlockLayout<'_>, full: usize) -> Option<Line> {
    let mut hints: Vec<&Hint> = hints.iter().collect();
    while !hints.is_empty() {
        let ways =
            [(3, false, layout.room), (2, false, layout.room), (2, false, full), (2, true, full)];
        let rows =
            ways.into_iter().map(|(gap, brief, room)| (row(&hints, layout, gap, brief), room));
        let mut fitting = rows.filter(|(line, room)| line.width() <= *room);
        if let Some((line, _)) = fitting.next() {
            return Some(line);
        }
        if let [enter, help] = hints[..]
            && is_enter(enter)
            && help.does.id == "key-help"
        {
            // What Enter does is what the page is for; the sign for the rest is
            // known.
            let mut line = row(&[enter], layout, 2, true);
            line.spans.extend([space(2), toned(keys(help, layout, true), Tone::Plain)]);
            if line.width() <= full {
                return Some(line);
            }
            let enter = row(&[enter], layout, 2, true);
            if enter.width() <= full {
                return Some(enter);
            }
        }
        if hints.len() == 1 {
            break;
        }
        let least = (0..hints.len()).min_by_key(|at| worth(hints[*at], *at))?;
        hints.remove(least);
    }
    // Not even one: the key without what it does.
    let hint = hints.first()?;
    Some(Line::of(vec![toned(cut(&keys(hint, layout, true), layout.room), Tone::Plain)]))
}

/// The names of a hint's keys, or the first of them.
fn keys(hint: &Hint, layout: BlockLayout<'_>, brief: bool) -> String {
    let first = match &hint.keys {
        Words::Message(either) if brief && either.id == "keys-or" => {
            either.arguments.iter().find(|(name, _)| *name == "one").map(|(_, first)| first)
        }
        _ => None,
    };
    match first {
        Some(Argument::Text(name)) => layout.catalog.words(&Words::verbatim(name)).into_owned(),
        Some(Argument::Message(name)) => layout.catalog.say(name),
        _ => layout.catalog.words(&hint.keys).into_owned(),
    }
}

/// How much a hint is worth where not all have room. Everybody knows ctrl+c and
/// the arrows; what Enter does is what the page is for.
fn worth(hint: &Hint, at: usize) -> usize {
    match hint.does.id {
        "key-quit" => 0,
        "key-plain" => 1,
        "key-choose" | "key-more" => 2,
        "key-back" => 50,
        "key-help" => 100,
        _ if is_enter(hint) => 99,
        // In the order of the table.
        _ => 98_usize.saturating_sub(at).max(3),
    }
}

/// Whether a hint is the one for Enter.
pub fn is_enter(hint: &Hint) -> bool {
    matches!(&hint.keys, Words::Message(name) if name.id == "key-name-enter")
}

fn row(hints: &[&Hint], layout: BlockLayout<'_>, gap: usize, brief: bool) -> Line {
    let mut line = Line::of(Vec::new());
    for (at, hint) in hints.iter().enumerate() {
        if at > 0 {
            line.spans.push(space(gap));
        }
        let keys = toned(keys(hint, layout, brief), Tone::Plain);
        let does = toned(layout.catalog.say(&hint.does), Tone::Dim);
        line.spans.extend([keys, space(1), does]);
    }
    line
}
