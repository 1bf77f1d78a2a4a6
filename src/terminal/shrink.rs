//! Giving way: which lines go, in which order, and how lists scroll, until
//! what is left fits.

use crate::terminal::line::{DropPriority, Focus, Line};

/// The order in which lines of `text` may go, up to and including `last`.
pub fn order(text: &[Line], last: DropPriority) -> Vec<DropPriority> {
    // From below: what is said last is needed least.
    let mut order: Vec<DropPriority> = text.iter().rev().map(|line| line.keep).collect();
    let kind = |keep: &DropPriority| match keep {
        DropPriority::Dim(_) => DropPriority::Dim(0),
        DropPriority::Beside(_) => DropPriority::Beside(0),
        DropPriority::Warning(_) => DropPriority::Warning(0),
        other => *other,
    };
    order.sort_by_key(kind);
    order.dedup();
    order.retain(|keep| *keep != DropPriority::Firm && kind(keep) <= last);
    order
}

/// Takes lines out, kind by kind and within a kind from below, until no more
/// than `room` are left. Dim lines of one group and art go together; where
/// that leaves more room than is needed, blank lines come back.
pub fn shrink(text: &mut Vec<Line>, room: usize, order: &[DropPriority]) {
    let mut gone = vec![false; text.len()];
    let mut blanks = Vec::new();
    let left = |gone: &[bool]| gone.iter().filter(|gone| !**gone).count();
    for keep in order {
        let together = matches!(
            keep,
            DropPriority::Dim(_)
                | DropPriority::Beside(_)
                | DropPriority::Warning(_)
                | DropPriority::Art
        );
        let needed = left(&gone) > room;
        for at in (0..text.len()).rev().filter(|at| text[*at].keep == *keep) {
            if (together && needed) || left(&gone) > room {
                gone[at] = true;
                blanks.extend((*keep == DropPriority::Blank).then_some(at));
            }
        }
    }
    while let Some(at) = blanks.pop().filter(|_| left(&gone) < room) {
        gone[at] = false;
    }
    let mut at = 0..;
    text.retain(|_| at.next().is_none_or(|at| !gone[at]));
}

/// Lets lists scroll until no more than `room` lines are left, leaving each
/// `at_least` so many items around its cursor.
pub fn scroll(text: &mut Vec<Line>, room: usize, at_least: usize) {
    let mut lists: Vec<usize> = text.iter().filter_map(|line| Some(line.item?.0)).collect();
    lists.dedup();
    for list in lists {
        let of = |line: &Line| line.item.filter(|(of, _)| *of == list).map(|(_, item)| item);
        let chosen = text.iter().filter(|line| line.focus.is_some()).find_map(of).unwrap_or(0);
        let Some(mut begin) = text.iter().find_map(of) else { continue };
        let Some(mut end) = text.iter().rev().find_map(of) else { continue };
        let (top, bottom) = (begin, end);
        while text.len() > room && end - begin + 1 > at_least.max(1) {
            // What is farther from the cursor goes; from below at a tie.
            if chosen.saturating_sub(begin) > end.saturating_sub(chosen) {
                text.retain(|line| of(line) != Some(begin));
                begin += 1;
            } else {
                text.retain(|line| of(line) != Some(end));
                end -= 1;
            }
        }
        let mut mark = |item: usize, mark: fn(&mut Line)| {
            if let Some(line) = text.iter_mut().find(|line| of(line) == Some(item)) {
                mark(line);
            }
        };
        if begin > top {
            mark(begin, |line| line.more.0 = true);
        }
        if end < bottom {
            mark(end, |line| line.more.1 = true);
        }
    }
}

/// The `room` lines of `text` in whose middle the looked-at line stands.
pub fn around_focus(text: Vec<Line>, room: usize) -> Vec<Line> {
    if text.len() <= room {
        return text;
    }
    let focus = text.iter().map(|line| line.focus).max().flatten();
    let at = text.iter().position(|line| line.focus == focus).unwrap_or(0);
    // What a code is for stands above it: the link.
    let before = if focus == Some(Focus::Code) { room } else { room.saturating_sub(1) / 2 };
    let before = before.min(room.saturating_sub(1));
    let start = if focus.is_none() { 0 } else { at.saturating_sub(before) };
    let mut start = start.min(text.len() - room);
    let end = start + room;
    // The end of an item whose beginning is not seen says nothing.
    while (1..at).contains(&start)
        && text[start].item.is_some()
        && text[start].item == text[start - 1].item
    {
        start += 1;
    }
    let room = end - start;
    let list = |at: Option<usize>| Some(text.get(at?)?.item?.0);
    let goes_on =
        |from: usize, to: Option<usize>| list(Some(from)).is_some_and(|own| list(to) == Some(own));
    let above = goes_on(start, start.checked_sub(1));
    let below = goes_on(start + room - 1, Some(start + room));
    let mut seen: Vec<Line> = text.into_iter().skip(start).take(room).collect();
    if let Some(first) = seen.first_mut() {
        first.more.0 |= above;
    }
    if let Some(last) = seen.last_mut() {
        last.more.1 |= below;
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::line::toned;
    use crate::wizard::page::Tone;

    fn line(text: &str, keep: DropPriority) -> Line {
        Line::of(vec![toned(text, Tone::Plain)]).keep(keep)
    }

    fn said(text: &[Line]) -> Vec<&str> {
        text.iter().map(|line| line.spans[0].text.as_str()).collect()
    }

    #[test]
    fn air_goes_before_blank_lines_and_those_before_dim_text() {
        let mut text = vec![
            line("title", DropPriority::Title),
            line("a", DropPriority::Blank),
            line("air", DropPriority::Air),
            line("b", DropPriority::Blank),
            line("dim 1", DropPriority::Dim(1)),
            line("firm", DropPriority::Firm),
            line("dim 2", DropPriority::Dim(2)),
        ];
        let all = order(&text, DropPriority::Title);
        for (room, left) in [
            (6, vec!["title", "a", "b", "dim 1", "firm", "dim 2"]),
            (5, vec!["title", "a", "dim 1", "firm", "dim 2"]),
            (3, vec!["title", "dim 1", "firm"]),
            (1, vec!["firm"]),
            (0, vec!["firm"]),
        ] {
            shrink(&mut text, room, &all);
            assert_eq!(said(&text), left);
        }
    }

    #[test]
    fn a_list_scrolls_around_its_cursor_and_says_so() {
        for (chosen, left) in [(0, ["0", "1", "2"]), (5, ["4", "5", "6"]), (9, ["7", "8", "9"])] {
            let mut text: Vec<Line> = (0..10)
                .map(|item| {
                    let mut line = line(&item.to_string(), DropPriority::Firm);
                    line.item = Some((1, item));
                    line.focus = (item == chosen).then_some(Focus::Cursor);
                    line
                })
                .collect();
            scroll(&mut text, 3, 1);
            assert_eq!(said(&text), left);
            assert_eq!(text[0].more.0, chosen > 0);
            assert_eq!(text[2].more.1, chosen < 9);
        }
    }
}
