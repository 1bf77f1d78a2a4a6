//! The launch card: everything that is known of the launch, each row to be
//! changed with Enter, and one way on. A row that is open opens by itself, but
//! only once, and not after one that was left as it was: Esc leads back to the
//! card, neither into the row again nor into the next.

mod at_work;
mod lines;
mod rows;
mod shared;
mod stage;
mod waiting;

use self::at_work::AtWork;
use self::lines::{Line, index_of, lines, open_lines, row_screen};
use self::rows::rows;
use self::shared::Shared;
use self::stage::Stage;
use self::waiting::Waiting;
use crate::error::AppError;
use crate::i18n::Message;
use crate::model::NO_PROVIDER;
use crate::time_point::TimePoint;
use crate::wire::NewMesh;
use crate::wizard::draft::{self, CardRow, NewMachine};
use crate::wizard::effect::{Effect, Exit};
use crate::wizard::event::{Key, Reply};
use crate::wizard::keymap::{ENTER, Keymap, Keys};
use crate::wizard::list::{Move, choice, moved};
use crate::wizard::next::{Go, Next, To};
use crate::wizard::page::{Block, Choices, Page, Tone};
use crate::wizard::screen::Screen;
use crate::wizard::state::{Access, Delivery, Fact, LaunchPlan, Machine, MachineName, WizardState};
use crate::wizard::words::{error_here, instance_corner, say, verbatim};

/// How often a name that is taken makes way for the one the server suggests.
const TRIES: u8 = 3;

/// The card with everything on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    cursor: Line,
    asked_connections: bool,
    /// Rows that have opened by themselves.
    opened: Vec<Line>,
    begun: bool,
    stage: Stage,
    at_work: AtWork,
    shared: Shared,
    waiting: Waiting,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Move(Move),
    Choose,
    Instance,
    Members,
    Providers,
    LookAtWaiting,
}

impl Launch {
    pub(super) fn new() -> Self {
        Self {
            cursor: Line::Continue,
            asked_connections: false,
            opened: Vec::new(),
            begun: false,
            stage: Stage::CHOOSING,
            at_work: AtWork::default(),
            shared: Shared::default(),
            waiting: Waiting::default(),
        }
    }

    /// Come back to from outside, where this went wrong if anything did.
    pub(super) fn again(error: Option<AppError>) -> Self {
        Self { begun: true, stage: Stage::Choosing { error, tip: None }, ..Self::new() }
    }

    fn keymap(&self, state: &WizardState) -> Keymap<Action> {
        let is_made = matches!(draft::mesh(state), CardRow::Existing(_));
        match self.stage {
            Stage::Choosing { .. } => Keymap::new()
                .list(Action::Move)
                .key(ENTER, Action::Choose, "key-change-or-continue")
                .key_if(
                    self.waiting.is_anybody(),
                    &[Key::char('a')],
                    Action::LookAtWaiting,
                    "key-look-at-waiting",
                )
                .key_if(is_made, &[Key::char('m')], Action::Members, "key-members")
                .key(&[Key::char('p')], Action::Providers, "key-providers")
                .quiet(&[Key::char('i')], Action::Instance, "key-instance"),
            _ => Keymap::new(),
        }
    }

    fn choose(&mut self, state: &WizardState) -> Next {
        match self.cursor {
            Line::Leave => Next::exit(Exit::Cancelled),
            Line::Continue => self.create_missing_or_launch(state),
            // Three answers, and nothing to read about them: no page.
            Line::Messages => {
                let now = draft::messages(state);
                let place = Delivery::ALL.iter().position(|one| *one == now).unwrap_or_default();
                let next = Delivery::ALL[(place + 1) % Delivery::ALL.len()];
                Next::stay().learn(Fact::Messages(next))
            }
            // A few, and each is told whole.
            Line::Provider => {
                let agent = draft::agent(state).map(|agent| agent.name).unwrap_or_default();
                let (now, all) = (draft::provider(state, &agent), draft::providers(state, &agent));
                if all.len() == 1 {
                    return Next::open(To::Providers);
                }
                let place = all.iter().position(|(name, _)| *name == now).unwrap_or_default();
                let next = all[(place + 1) % all.len()].0.clone();
                Next::stay().learn(Fact::Provider(next.unwrap_or_else(|| NO_PROVIDER.to_owned())))
            }
            row => Next::open(row_screen(row, state)),
        }
    }

    /// What is connected at providers is asked once, where somebody sees the card.
    fn ask_connections(&mut self, state: &WizardState) -> Option<Effect> {
        let access = state.access.clone().filter(|_| !state.flags.headless)?;
        let is_asked = std::mem::replace(&mut self.asked_connections, true);
        (!is_asked).then_some(Effect::ListConnections(access))
    }

    fn line_under_cursor(&self) -> Option<Line> {
        let is_choosing = matches!(self.stage, Stage::Choosing { .. });
        is_choosing.then_some(self.cursor)
    }

    /// Makes what is not there yet, one thing after the other, then launches.
    fn create_missing_or_launch(&mut self, state: &WizardState) -> Next {
        if let Some(open) = open_lines(state).first() {
            self.cursor = *open;
            return Next::open(row_screen(*open, state));
        }
        let Some(access) = state.access.clone() else {
            return Next::replace(To::Status);
        };
        if let CardRow::ToCreate(new) = draft::mesh(state) {
            self.stage = Stage::CreatingMesh { tries: 0 };
            return Next::ask(Effect::CreateMesh(access, new));
        }
        if let CardRow::ToCreate(new) = draft::machine(state) {
            self.stage = Stage::Registering { tries: 0 };
            return Next::ask(register(access, new));
        }
        let (Some(plan), Some(account)) = (draft::plan(state), state.account.clone()) else {
            return Next::stay();
        };
        let plan = Box::new(plan);
        // What cannot be remembered is asked again next time: no reason not to
        // start, and none to wait.
        // What it works with is remembered once it is there.
        let provider = draft::remembered_provider(state, &plan.agent);
        let model = plan.model.clone().filter(|_| provider == plan.provider);
        let kept = Box::new(LaunchPlan { provider, model, ..*plan.clone() });
        let remember = Effect::Remember { access, account, plan: kept };
        Next::exit(Exit::Launch(plan)).detach(remember)
    }

    fn failed(&mut self, what: AppError, line: Line) -> Next {
        self.stage = Stage::Choosing { error: Some(what), tip: None };
        self.cursor = line;
        Next::stay()
    }

    /// The short name is taken. One that nobody saw makes way for the free one by
    /// itself; one that the person chose, when they say so.
    fn taken(&mut self, what: AppError, free: &str) -> Next {
        let tip = Message::new("launch-slug-free").with("slug", verbatim(free)).into();
        self.stage = Stage::Choosing { error: Some(what), tip: Some(tip) };
        self.cursor = Line::Continue;
        Next::stay()
    }

    /// This machine is in the account by now, which may have known it before.
    fn registered(&mut self, machine: &Machine, state: &WizardState) -> Next {
        if let (Some(location), Some(access)) =
            (draft::relocation(state, machine), state.access.clone())
        {
            self.stage = Stage::Locating;
            let machine = machine.id.clone();
            return Next::ask(Effect::LocateMachine { access, machine, location });
        }
        self.located(machine, state)
    }

    /// A name other than the one asked for is said before it is launched with.
    fn located(&mut self, machine: &Machine, state: &WizardState) -> Next {
        let asked = state.machine_name.as_ref().map(|given| &given.name);
        let asked = asked.or(state.flags.machine.as_ref());
        let renamed = asked.is_some_and(|asked| *asked != machine.name);
        if renamed && !state.flags.yes && !state.flags.headless {
            let tip = Message::new("machine-adopted").with("name", verbatim(&machine.name));
            self.stage = Stage::Choosing { error: None, tip: Some(tip.into()) };
            self.cursor = Line::Continue;
            return Next::stay();
        }
        Next::proceed()
    }

    /// Where the card leads by itself when it is come to; it stays where it is seen.
    fn begin(&mut self, state: &WizardState) -> Next {
        // Back from choosing another instance.
        if state.access.is_none() {
            return Next::replace(To::Status);
        }
        if let Some(code) = state.to_approve.clone() {
            return Next::open(To::ApproveCode(code)).learn(Fact::ToApprove(None));
        }
        if self.begun {
            return self.open_next_row(state);
        }
        self.begun = true;
        let flag_or_remembered =
            || state.flags.role.clone().or_else(|| state.remembered.role.clone());
        let role = state.role.clone().or_else(flag_or_remembered);
        let goes_on = open_lines(state).is_empty()
            && (state.flags.yes || state.flags.headless || is_last_launch(state));
        let next = if goes_on { Next::proceed() } else { self.open_next_row(state) };
        next.learn(Fact::Role(role))
    }

    /// Opens the first row that nobody has been asked about yet. That the mesh
    /// somebody named is not there is said first: no picker covers it.
    fn open_next_row(&mut self, state: &WizardState) -> Next {
        let open = open_lines(state);
        self.cursor = open.first().copied().unwrap_or(Line::Continue);
        if draft::asks_for_unknown_mesh(state) {
            return Next::stay();
        }
        if let Some(left) = self.opened.last().filter(|line| open.contains(line)) {
            self.cursor = *left;
            return Next::stay();
        }
        if let Some(line) = open.into_iter().find(|line| !self.opened.contains(line)) {
            self.opened.push(line);
            self.cursor = line;
            return Next::open(row_screen(line, state));
        }
        Next::stay()
    }
}

/// What was started here the last time is all still there.
fn is_last_launch(state: &WizardState) -> bool {
    let same = |plan: &LaunchPlan, again: &LaunchPlan| {
        (&plan.mesh, &plan.machine, &plan.agent) == (&again.mesh, &again.machine, &again.agent)
    };
    draft::plan(state)
        .zip(state.last_launch.as_ref())
        .is_some_and(|(plan, again)| same(&plan, again))
}

fn register(access: Access, new: NewMachine) -> Effect {
    Effect::RegisterMachine { access, name: new.name, slug: new.slug, location: new.location }
}

impl Screen for Launch {
    fn open(&mut self, state: &WizardState, _: TimePoint) -> Next {
        let said = state.connected.clone();
        if let Some(said) = &said {
            self.stage = Stage::Choosing { error: None, tip: Some(said.clone()) };
        }
        let mut next = self.begin(state).learn_all(said.map(|_| Fact::ConnectedSaid));
        if next.go == Go::Stay {
            next.effects.extend(self.waiting.ask(state));
            next.effects.extend(self.at_work.ask(state));
            next.effects.extend(self.shared.ask(state));
            next.effects.extend(self.ask_connections(state));
        }
        next
    }

    fn proceed(&mut self, state: &WizardState, _: TimePoint) -> Next {
        self.create_missing_or_launch(state)
    }

    fn on_key(&mut self, key: Key, state: &WizardState, _: TimePoint) -> Next {
        match self.keymap(state).find(key) {
            Some(Action::Move(how)) => {
                let lines = lines(state);
                self.cursor = lines[moved(index_of(self.cursor, state), lines.len(), how)];
                Next::stay()
            }
            Some(Action::Choose) => self.choose(state),
            Some(Action::Instance) => Next::open(To::Instances),
            Some(Action::Providers) => Next::open(To::Providers),
            Some(Action::Members) => match draft::mesh(state) {
                CardRow::Existing(mesh) => Next::open(To::Members(Box::new(mesh))),
                CardRow::ToCreate(_) | CardRow::Undecided => Next::stay(),
            },
            Some(Action::LookAtWaiting) => match self.waiting.next() {
                Some(code) => Next::open(To::ApproveCode(code)),
                None => Next::stay(),
            },
            None => Next::stay(),
        }
    }

    fn on_reply(&mut self, reply: Reply, state: &WizardState, _: TimePoint) -> Next {
        match (reply, self.stage.clone()) {
            (Reply::Mesh(Ok(mesh)), asked_at) => {
                let next = match asked_at {
                    Stage::CreatingMesh { .. } => Next::proceed(),
                    _ => Next::stay(),
                };
                next.learn(Fact::Mesh(mesh))
            }
            (Reply::Mesh(Err(what)), Stage::CreatingMesh { tries }) => {
                match (what.suggestion.clone(), state.access.clone(), draft::mesh(state)) {
                    (Some(free), _, CardRow::ToCreate(NewMesh { name, slug: Some(_) })) => {
                        let new = NewMesh { name, slug: Some(free.clone()) };
                        self.taken(what, &free).learn(Fact::NewMesh(new))
                    }
                    (Some(free), Some(access), CardRow::ToCreate(new)) if tries < TRIES => {
                        self.stage = Stage::CreatingMesh { tries: tries + 1 };
                        Next::ask(Effect::CreateMesh(access, NewMesh { slug: Some(free), ..new }))
                    }
                    _ => self.failed(what, Line::Mesh),
                }
            }
            (Reply::Machine(Ok(machine)), asked_at) => {
                let next = match asked_at {
                    Stage::Registering { .. } => self.registered(&machine, state),
                    Stage::Locating => self.located(&machine, state),
                    _ => Next::stay(),
                };
                next.learn(Fact::Machine(machine))
            }
            (Reply::Machine(Err(what)), Stage::Registering { tries }) => {
                match (what.suggestion.clone(), state.access.clone(), draft::machine(state)) {
                    (Some(free), _, CardRow::ToCreate(NewMachine { name, slug: Some(_), .. })) => {
                        let named = MachineName { name, slug: Some(free.clone()) };
                        self.taken(what, &free).learn(Fact::MachineName(named))
                    }
                    (Some(free), Some(access), CardRow::ToCreate(new)) if tries < TRIES => {
                        self.stage = Stage::Registering { tries: tries + 1 };
                        Next::ask(register(access, NewMachine { slug: Some(free), ..new }))
                    }
                    _ => self.failed(what, Line::Machine),
                }
            }
            (Reply::Waiting(codes), _) => {
                self.waiting.learn(codes);
                Next::stay()
            }
            (Reply::Peers { mesh, names }, _) => {
                self.at_work.learn(&mesh, names);
                Next::stay()
            }
            (Reply::Shares { mesh, shares }, _) => {
                let shares = shares.into_iter().map(|share| share.connection).collect();
                Next::stay().learn(Fact::Shares(mesh, shares))
            }
            (Reply::Connections(connections), _) => {
                Next::stay().learn(Fact::Connections(connections))
            }
            // It is in the account all the same; where it stands can wait.
            (Reply::Machine(Err(_)), Stage::Locating)
                if state.flags.yes || state.flags.headless =>
            {
                Next::proceed()
            }
            (Reply::Machine(Err(what)), Stage::Locating) => self.failed(what, Line::Continue),
            _ => Next::stay(),
        }
    }

    fn keys(&self, state: &WizardState, _: TimePoint) -> Keys {
        self.keymap(state).keys()
    }

    /// What is being made is let go of first; if it is made all the same, the
    /// card learns of it. From the card itself there is no step back: leaving is
    /// a line of it, and the cursor goes there.
    fn close_inner(&mut self) -> bool {
        if !matches!(self.stage, Stage::Choosing { .. }) {
            self.stage = Stage::CHOOSING;
            return true;
        }
        std::mem::replace(&mut self.cursor, Line::Leave) != Line::Leave
    }

    fn error(&self) -> Option<&AppError> {
        match &self.stage {
            Stage::Choosing { error, .. } => error.as_ref(),
            _ => None,
        }
    }

    fn page(&self, state: &WizardState, _: TimePoint) -> Page {
        let mut page = Page::new(say("title-launch"));
        page.corner = instance_corner(state);
        let replaced = draft::replaced(state).into_iter();
        page.blocks.extend(replaced.map(|gone| Block::toned(Tone::Tip, gone)));
        page.blocks.push(Block::Rows(rows(state, &self.stage, self.line_under_cursor())));
        match &self.stage {
            Stage::Choosing { error: what, tip } => {
                page.blocks.extend(what.iter().flat_map(error_here));
                page.blocks.extend(tip.clone().map(|tip| Block::toned(Tone::Tip, tip)));
                let items = vec![choice(say("launch-continue")), choice(say("launch-leave"))];
                let cursor =
                    [Line::Continue, Line::Leave].iter().position(|one| *one == self.cursor);
                page.blocks.push(Block::Choices(Choices { items, cursor, numbered: false }));
                page.notice = self.waiting.notice().or_else(|| self.at_work.notice(state));
            }
            Stage::CreatingMesh { .. } => {
                page.blocks.push(Block::toned(Tone::Dim, say("launch-creating")));
            }
            Stage::Registering { .. } | Stage::Locating => {
                page.blocks.push(Block::toned(Tone::Dim, say("launch-registering")));
            }
        }
        page
    }
}

#[cfg(test)]
mod tests;
