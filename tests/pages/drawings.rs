//! The pictures in the documents: real pages, drawn anew by every run of the
//! tests, so that none shows what is not there any more. Each in two shades, and
//! in a narrow window for a narrow screen.

use std::collections::BTreeSet;
use std::path::Path;

use crewmesh::agent::prepare::announcement;
use crewmesh::i18n::{Catalog, Language, Message};
use crewmesh::model::{Account, Approval, Mesh, Poll, StorePlace};
use crewmesh::plain;
use crewmesh::terminal::draw::Canvas;
use crewmesh::terminal::line::{width, wrap};
use crewmesh::wizard::effect::{Effect, Exit};
use crewmesh::wizard::event::Reply;
use crewmesh::wizard::next::To;
use crewmesh::wizard::page::Page;
use crewmesh::wizard::state::{StoreState, WizardState};
use crewmesh::wizard::words::person;
use ratatui::style::{Modifier, Style};

use super::drawn;
use super::gallery::Walk;
use super::launching::settled;
use super::signing_in::{far, nothing_known, with_code};
use super::svg::{Frame, Shade, moving, still};
use crate::support::fixtures::{
    account, agent, approval_card, code, first_run_remote, local_access, local_account, local_code,
    machine, mesh,
};
use crate::support::script::Script;

const ENGLISH: Language = Language::ENGLISH;

/// Every page that stands still: wide, and narrow.
fn stills() -> Vec<(&'static str, Canvas)> {
    let welcome = Walk::on(ENGLISH, far(nothing_known()), To::Welcome).page();
    let sign_in = with_code(ENGLISH, first_run_remote(), code()).later(13).page();
    let mut nowhere_large = first_run_remote();
    nowhere_large.host.draws_qr = false;
    let in_lines = with_code(ENGLISH, nowhere_large, code()).later(13).page();
    let ana = Account { name: "Ana García".into(), email: "ana@example.org".into(), ..account() };
    let who = Message::new("receipt-keyring").with("person", person(&ana));
    let mesh = Mesh { name: "Platform team".into(), ..mesh("platform-team") };
    let (account, mesh) = (Some(ana), Some(mesh));
    let launch = WizardState { account, mesh, receipt: vec![who.into()], ..settled() };
    let launch = Walk::on(ENGLISH, launch, To::Launch).page();
    vec![
        ("welcome", drawn(&welcome, 80, 18)),
        ("welcome-narrow", drawn(&welcome, 44, 16)),
        ("sign-in", drawn(&sign_in, 80, 24)),
        ("sign-in-narrow", drawn(&sign_in, 44, 43)),
        ("launch", drawn(&launch, 80, 18)),
        ("launch-narrow", drawn(&launch, 44, 18)),
        ("plain", lines(&in_lines, 80, 16)),
        ("plain-narrow", lines(&in_lines, 44, 18)),
    ]
}

/// A page as lines below the command that asked for them, while it is waited.
fn lines(page: &Page, columns: u16, rows: u16) -> Canvas {
    let catalog = Catalog::new(ENGLISH);
    let said = plain::whole(page, &catalog);
    let (said, _) = said.rsplit_once('\n').expect("lines, and a question");
    let waiting = catalog.say(&Message::new("plain-waiting"));
    let mut canvas = shell(&format!("crewmesh login --plain\n{said}\n{waiting}"), columns, rows);
    let text = canvas.text();
    let (row, end) = text.trim_end().lines().enumerate().last().expect("the question");
    let place = |at: usize| u16::try_from(at).expect("in the window");
    canvas.caret = Some((place(width(end) + 1), place(row)));
    canvas
}

/// Lines of a shell, the first behind its prompt.
fn shell(text: &str, columns: u16, rows: u16) -> Canvas {
    let mut canvas = Canvas::empty(columns, rows);
    canvas.cells.set_string(0, 0, "$", Style::new().add_modifier(Modifier::DIM));
    let mut x = 2;
    let lines = text.lines().flat_map(|line| wrap(line, columns.into()));
    for (y, line) in (0..rows).zip(lines) {
        canvas.cells.set_string(x, y, line, Style::new());
        x = 0;
    }
    canvas
}

/// From a bare terminal over SSH to an agent: three keys.
fn first_minute(columns: u16, rows: u16) -> Vec<Frame> {
    let ana = Account { name: "ana".into(), ..local_account() };
    let approved = Poll::Approved(Approval { access: local_access(), account: Some(ana) });
    let mut state = far(nothing_known());
    state.store = Some(StoreState::Keyring);
    (state.host.user, state.host.person) = ("ana".into(), "ana".into());
    let see = |script: &Script, seconds, key| Frame {
        canvas: drawn(&script.wizard.page(script.now()), columns, rows),
        seconds,
        key,
    };
    let bare = shell("crewmesh", columns, rows);
    let mut frames = vec![Frame { canvas: bare, seconds: 1.8, key: "" }];
    let script = Script::begin(state);
    frames.push(see(&script, 2.6, "2"));
    let mut script = script
        .press("2")
        .answer_where(
            |effect| matches!(effect, Effect::AskDeviceCode(..)),
            Reply::Code(Ok(Box::new(local_code()))),
        )
        .answer_where(
            |effect| matches!(effect, Effect::LookAtCard(_)),
            Reply::Card(Ok(approval_card())),
        );
    for key in ["", "", "enter"] {
        frames.push(see(&script, 1.0, key));
        script = script.wait(1);
    }
    let script = script
        .press("enter")
        .answer_where(|effect| matches!(effect, Effect::Settle { .. }), Reply::Settled(Ok(())))
        .answer_where(|effect| matches!(effect, Effect::Poll { .. }), Reply::Poll(approved))
        .answer_where(
            |effect| matches!(effect, Effect::Save { .. }),
            Reply::Saved(Ok(StorePlace::Keyring.into())),
        )
        .answer_where(|effect| matches!(effect, Effect::ListMeshes(_)), Reply::Meshes(Ok(vec![])))
        .answer_where(
            |effect| matches!(effect, Effect::ListMachines(_)),
            Reply::Machines(Ok(vec![])),
        )
        .answer_where(
            |effect| *effect == Effect::FindAgents,
            Reply::Agents(vec![agent("claude"), agent("shell")]),
        );
    frames.push(see(&script, 2.8, "enter"));
    let script = script
        .press("enter")
        .answer_where(
            |effect| matches!(effect, Effect::CreateMesh(..)),
            Reply::Mesh(Ok(mesh("anas-mesh"))),
        )
        .answer_where(
            |effect| matches!(effect, Effect::RegisterMachine { .. }),
            Reply::Machine(Ok(machine("radiology-3", true))),
        );
    let Some(Exit::Launch(plan)) = script.exit else { panic!("it launches: {:?}", script.exit) };
    let line = Catalog::new(ENGLISH).say(&announcement(&plan));
    let handed = shell(&format!("crewmesh\n{line}"), columns, rows);
    frames.push(Frame { canvas: handed, seconds: 3.4, key: "" });
    frames
}

/// What is in each picture is said in the documents, in words.
#[test]
fn the_pictures_in_the_documents_are_the_pages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures");
    let readme = include_str!("../../README.md");
    let mut drawn = BTreeSet::new();
    let mut compare = |picture: &str, shade: Shade, svg: &str, at_most: usize| {
        let name = format!("{picture}-{shade:?}.svg").to_lowercase();
        assert!(svg.len() < at_most, "{name} has {} bytes", svg.len());
        let file = folder.join(&name);
        if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
            std::fs::write(&file, svg).expect("a picture can be written");
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == svg, "{name} shows another page: INSTA_UPDATE=always, and look at it");
        assert!(readme.contains(&format!("assets/pictures/{name}\"")), "{name} is not shown");
        drawn.insert(name);
    };
    for shade in [Shade::Light, Shade::Dark] {
        for (picture, canvas) in stills() {
            compare(picture, shade, &still(&canvas, shade), 30_000);
        }
        for (picture, (columns, rows)) in
            [("first-minute", (80, 24)), ("first-minute-narrow", (44, 24))]
        {
            let frames = first_minute(columns, rows);
            compare(picture, shade, &moving(&frames, shade), 120_000);
        }
    }
    let files = std::fs::read_dir(&folder).expect("the pictures");
    let files = files.map(|file| file.expect("a file").file_name().into_string().expect("ASCII"));
    assert_eq!(files.collect::<BTreeSet<_>>(), drawn, "a picture that nothing draws");
}
