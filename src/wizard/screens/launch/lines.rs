//! The lines of the card, which of them are open, and where each leads.

use crate::wizard::draft;
use crate::wizard::next::To;
use crate::wizard::state::WizardState;

/// A line of the card that the cursor can be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Mesh,
    Machine,
    Name,
    Role,
    Agent,
    /// Where the agent takes any.
    Provider,
    Messages,
    Continue,
    Leave,
}

/// Top to bottom; those before [`Line::Continue`] are rows.
pub(super) fn lines(state: &WizardState) -> Vec<Line> {
    let is_shown = |line: &Line| *line != Line::Provider || chooses_provider(state);
    let all = [
        Line::Mesh,
        Line::Machine,
        Line::Name,
        Line::Role,
        Line::Agent,
        Line::Provider,
        Line::Messages,
        Line::Continue,
        Line::Leave,
    ];
    all.into_iter().filter(is_shown).collect()
}

/// Whether the agent can be given anything but its own sign-in. What is connected comes
/// later: no line moves for it.
fn chooses_provider(state: &WizardState) -> bool {
    draft::agent(state).is_some_and(|agent| {
        let is_chosen = draft::provider(state, &agent.name).is_some();
        is_chosen || draft::first_provider(state, &agent.name).is_some()
    })
}

/// The place of `line`; where it is not shown any more, that of what comes after it.
pub(super) fn index_of(line: Line, state: &WizardState) -> usize {
    let place = |line: Line| lines(state).iter().position(|other| *other == line);
    place(line).or_else(|| place(Line::Messages)).unwrap_or_default()
}

/// What somebody has to say, in order.
pub(super) fn open_lines(state: &WizardState) -> Vec<Line> {
    let mut open = Vec::new();
    if !draft::mesh(state).is_settled() {
        open.push(Line::Mesh);
    }
    if !draft::machine(state).is_settled() {
        open.push(Line::Machine);
    }
    if draft::agent(state).is_none() {
        open.push(Line::Agent);
    }
    open
}

/// The screen that answers for a row. There is nothing to pick where this
/// machine is the account's first.
pub(super) fn row_screen(line: Line, state: &WizardState) -> To {
    let has_machines = state.machines.as_ref().is_some_and(|machines| !machines.is_empty());
    match line {
        Line::Mesh => To::Meshes,
        Line::Machine if has_machines => To::Machines,
        Line::Machine => To::NameMachine,
        Line::Name => To::DisplayName,
        Line::Role => To::RoleTag,
        Line::Agent | Line::Provider | Line::Messages | Line::Continue | Line::Leave => To::Agents,
    }
}
