//! A page without a QR code in a window that has no room for all of it: what gives
//! way, how its lists scroll, and what a message may take.

use super::{Window, has_code, stacked};
use crate::i18n::Words;
use crate::terminal::fit::Placed;
use crate::terminal::header_footer::spoken;
use crate::terminal::line::{DropPriority, Focus, Line, space, toned, width};
use crate::terminal::shrink::{self, around_focus, order, scroll, shrink};
use crate::wizard::page::{Block, Corner, Mark, Page, Tone};
use crate::wizard::words::{clock, whole_seconds};

impl Window<'_> {
    pub(super) fn without_qr(&self, instead: &[Line]) -> Vec<Placed> {
        stacked(self.below_code(instead).unwrap_or_else(|| self.shrunk(instead)))
    }

    /// A message that takes the rows of others takes those below the code: what
    /// somebody is about to copy by hand or mouse does not move for it.
    fn below_code(&self, instead: &[Line]) -> Option<Vec<Line>> {
        if self.division.lent == 0 {
            return None;
        }
        let division = self.division.taken_back();
        let mut lines = Window { division, ..*self }.shrunk(instead);
        let code = lines.iter().position(|line| line.focus == Some(Focus::Code))?;
        let mut below = lines.split_off(code + 1);
        let room = self.division.above.checked_sub(lines.len())?;
        let order = shrink::order(&below, DropPriority::Dim(usize::MAX));
        shrink(&mut below, room, &order);
        (below.len() <= room).then(|| {
            lines.append(&mut below);
            lines
        })
    }

    fn shrunk(&self, instead: &[Line]) -> Vec<Line> {
        let mut lines = self.lines(self.layout, instead);
        let order = order(&lines, DropPriority::Title);
        shrink(&mut lines, self.division.above, &order);
        // Where somebody types, the chosen line must be near; and so must what
        // went wrong, and a question that has few answers.
        let typing = lines.iter().any(|line| line.focus == Some(Focus::Caret));
        let at_least =
            if typing || went_wrong(self.page) || few_answers(self.page) { 1 } else { 3 };
        let mut scrolled = lines.clone();
        scroll(&mut scrolled, self.division.above, at_least);
        // Less to read beside it, and what is asked is seen whole. A page that
        // only tells keeps its beginning.
        if scrolled.len() > self.division.above && lines.iter().any(|line| line.focus.is_some()) {
            let order = shrink::order(&scrolled, DropPriority::Warning(usize::MAX));
            shrink(&mut scrolled, self.division.above, &order);
            // What its list left to the question and the question does not take
            // is the list's again.
            let stays = |keep| scrolled.iter().any(|line| line.keep == keep);
            lines.retain(|line| stays(line.keep));
            scroll(&mut lines, self.division.above, at_least);
        } else {
            lines = scrolled;
        }
        let is_there = |keep| lines.iter().any(|line| line.keep == keep);
        let counts = matches!(self.page.corner, Some(Corner::Remaining(_)));
        if lines.len() > self.division.above || (counts && !is_there(DropPriority::Title)) {
            lines = self.live(instead).unwrap_or(lines);
        }
        around_focus(lines, self.division.above.max(1))
    }

    /// A page with a code, or where something went wrong, and where not even the
    /// title has room: where the code goes, the code, and the row that is waited
    /// for with what is left of its time. The rest of the rows say nothing that
    /// is needed.
    fn live(&self, instead: &[Line]) -> Option<Vec<Line>> {
        let has_code = has_code(self.page);
        let chooses =
            self.page.blocks.iter().any(
                |block| matches!(block, Block::Rows(rows) if rows.iter().any(|row| row.chosen)),
            );
        if !has_code && (chooses || !went_wrong(self.page)) {
            return None;
        }
        let left = match self.page.corner {
            Some(Corner::Remaining(left)) if !self.layout.look.calm => Some(clock(left)),
            Some(Corner::Remaining(left)) => {
                spoken(whole_seconds(left)).map(|words| self.layout.catalog.say(&words))
            }
            _ => None,
        };
        let mut left = left;
        let mut page = self.page.clone();
        for block in &mut page.blocks {
            let Block::Rows(rows) = block else { continue };
            rows.retain(|row| row.chosen || matches!(row.mark, Mark::Now | Mark::Failed));
            if let (Some(row), Some(left)) = (rows.first_mut(), left.take()) {
                let label = self.layout.catalog.words(&row.label);
                row.label = Words::verbatim(&format!("{left}  {label}"));
                let before = row.instead_of.as_ref().map(|words| self.layout.catalog.words(words));
                row.instead_of = before.map(|before| Words::verbatim(&format!("{left}  {before}")));
            }
        }
        let mut lines = Window { page: &page, ..*self }.lines(self.layout, instead);
        // Where no row is waited for it stands at the end of the code's.
        let code = lines.iter_mut().find(|line| line.focus == Some(Focus::Code));
        if let (Some(code), Some(left)) = (code, left) {
            let end = self.layout.room.saturating_sub(width(&left));
            if let Some(gap) = end.checked_sub(code.width() + 1) {
                code.spans.extend([space(gap + 1), toned(left, Tone::Dim)]);
            }
        }
        lines.retain(|line| line.keep != DropPriority::Title);
        let order = shrink::order(&lines, DropPriority::Warning(usize::MAX));
        shrink(&mut lines, self.division.above, &order);
        scroll(&mut lines, self.division.above, 1);
        let blank = lines.iter().take_while(|line| line.spans.is_empty()).count();
        lines.drain(..blank);
        if lines.len() > self.division.above
            && let Some(at) = lines.iter().position(|line| line.focus == Some(Focus::Status))
        {
            // Its first line says what is waited for.
            let item = lines[at].item;
            let mut same = 0;
            lines.retain(|line| {
                same += usize::from(line.item.is_some() && line.item == item);
                line.item != item || same == 1
            });
        }
        Some(lines)
    }
}

/// Whether a page says that something went wrong.
fn went_wrong(page: &Page) -> bool {
    page.blocks.iter().any(|block| matches!(block, Block::Text { tone: Tone::Bad, .. }))
}

/// No more than what an answer to a question can be.
const FEW: usize = 3;

/// Whether a page asks something that is answered by one of a few, and has no
/// other list.
fn few_answers(page: &Page) -> bool {
    let is_few = |block: &Block| matches!(block, Block::Choices(list) if list.items.len() <= FEW);
    let is_table = |block: &Block| matches!(block, Block::Rows(_));
    page.blocks.iter().any(is_few) && !page.blocks.iter().any(is_table)
}
