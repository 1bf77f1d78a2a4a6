//! Pages made by hand: what the renderers must do, whatever the screens say.

use std::time::Duration;

use crewmesh::i18n::{Message, Words};
use crewmesh::secret::Secret;
use crewmesh::wizard::page::{
    Block, Choice, Choices, Corner, Field, Hint, Mark, Page, Row, Shown, Tone,
};

pub fn words(text: &str) -> Words {
    Words::verbatim(text)
}

/// A text without an id says itself.
pub fn hint(keys: &str, does: &'static str) -> Hint {
    Hint { keys: words(keys), does: Message::new(does) }
}

pub fn hints(hints: &[(&str, &'static str)]) -> Vec<Hint> {
    hints.iter().map(|(keys, does)| hint(keys, does)).collect()
}

fn choice(label: &str, detail: &str) -> Choice {
    Choice { label: words(label), detail: (!detail.is_empty()).then(|| words(detail)) }
}

pub fn welcome() -> Page {
    let items = vec![
        choice("Sign in", "with a code, on this or any other device"),
        choice("Paste an access token", "cm_pat_…"),
        choice("Join with an invite", "a link or a code somebody sent you"),
        choice("Create an account", "opens the sign-up page, then comes back here"),
        choice("Exit", ""),
    ];
    let mut page = Page::new(None)
        .block(Block::Art)
        .block(Block::text(words("Bring this machine and its code agents into a mesh.")))
        .block(Block::Choices(Choices { items, cursor: Some(0), numbered: false }));
    page.corner = Some(Corner::Words(words("This computer")));
    page.hints = hints(&[
        ("↑↓", "choose"),
        ("enter", "continue"),
        ("i", "instance"),
        ("l", "language"),
        ("?", "help"),
        ("ctrl+c", "quit"),
    ]);
    page
}

/// The address that the QR code of [`sign_in`] holds: version 2.
pub const LINK: &str = "HTTPS://CREWMESH.HOSPITAL.EXAMPLE.OR/D/WDJBMJPV";

pub fn sign_in(left: u64) -> Page {
    let rows = vec![
        Row::new(Mark::Done, words("Code received")),
        Row::new(Mark::Now, words("Waiting for your approval")),
        Row::new(Mark::Later, words("Save the sign-in")),
        Row::new(Mark::Later, words("Find your meshes")),
    ];
    let mut page = Page::new(words("sign in"))
        .block(Block::text(words("On any device, open")))
        .block(Block::Link {
            shown: "https://crewmesh.hospital.example.or/d".into(),
            target: LINK.to_lowercase().parse().expect("a URL"),
        })
        .block(Block::text(words("and enter this code")))
        .block(Block::Code("WDJB-MJPV".into()))
        .block(Block::toned(Tone::Tip, words("Only continue if you started this yourself.")))
        .block(Block::Rows(rows))
        .block(Block::Qr { content: LINK.into(), caption: None, alone: false });
    page.corner = Some(Corner::Remaining(Duration::from_secs(left)));
    page.hints = hints(&[
        ("c", "copy code"),
        ("u", "copy link"),
        ("o", "open browser"),
        ("f", "big QR"),
        ("p", "plain"),
        ("esc", "back"),
    ]);
    page
}

pub fn sign_in_captioned() -> Page {
    let mut page = sign_in(587);
    if let Some(Block::Qr { caption, .. }) = page.blocks.last_mut() {
        *caption = Some(words("Opens on this computer only. Press w to let a phone open it."));
    }
    page
}

pub fn big_qr() -> Page {
    let mut page = Page::new(words("sign in")).block(Block::Qr {
        content: LINK.into(),
        caption: Some(words("Scan it with a phone.")),
        alone: true,
    });
    page.corner = Some(Corner::Remaining(Duration::from_secs(61)));
    page.hints = hints(&[("esc", "back")]);
    page
}

pub fn error() -> Page {
    let mut page = sign_in(300);
    page.blocks.retain(|block| !matches!(block, Block::Qr { .. }));
    page.blocks
        .push(Block::toned(Tone::Bad, words("Cannot reach mesh.example.org, trying again in 3 s")));
    page.blocks.push(Block::toned(Tone::Tip, words("Is this machine online?")));
    page
}

pub fn token() -> Page {
    let field = Field {
        label: words("Access token"),
        shown: Shown::Masked(55, Secret::new("w7xz")),
        cursor: Some(59),
        placeholder: Some(words("cm_pat_…")),
        note: Some((Tone::Good, words("A personal access token."))),
        masked: true,
    };
    let mut page = Page::new(words("access token"))
        .block(Block::text(words("Paste a personal access token.")))
        .block(Block::Field(field))
        .block(Block::toned(Tone::Dim, words("It is checked before it is saved.")));
    page.hints = hints(&[("enter", "continue"), ("esc", "back"), ("F1", "help")]);
    page
}

pub fn name_machine() -> Page {
    let field = Field {
        label: words("Name"),
        shown: Shown::Clear("Munich Hospital — Radiology".into()),
        cursor: Some(27),
        placeholder: None,
        note: Some((
            Tone::Dim,
            words("slug   munich-hospital-radiology      fixed once created, tab to change"),
        )),
        masked: false,
    };
    let items = vec![
        choice("DE  Germany", "from this machine's time zone, Europe/Berlin"),
        choice("Choose another", ""),
        choice("Set later", "what needs a place stays off until you do"),
    ];
    let mut page = Page::new(words("machine"))
        .block(Block::text(words("Name this machine")))
        .block(Block::Field(field))
        .block(Block::text(words("Where is it?")))
        .block(Block::Choices(Choices { items, cursor: None, numbered: false }));
    page.hints = hints(&[("enter", "continue"), ("tab", "change the slug"), ("esc", "back")]);
    page
}

pub fn launch() -> Page {
    let row = |mark, label: &str, value: &str| Row::new(mark, words(label)).value(words(value));
    let mut rows = vec![
        row(Mark::Done, "Account", "Alejandro Gutiérrez"),
        row(Mark::Now, "Mesh", "pick one, 3 available"),
        row(Mark::Now, "Machine", "name this machine"),
        row(Mark::Done, "Name", "Alejandro"),
        row(Mark::Optional, "Role", "optional"),
        row(Mark::Done, "Agent", "claude 2.1 (found on this machine)"),
    ];
    rows[1].chosen = true;
    let items = vec![choice("Continue", ""), choice("Cancel", "")];
    let mut page = Page::new(words("launch"))
        .block(Block::Rows(rows))
        .block(Block::Choices(Choices { items, cursor: None, numbered: false }));
    page.corner = Some(Corner::Words(words("mesh.example.org")));
    page.hints =
        hints(&[("↑↓", "choose"), ("enter", "change or continue"), ("esc", "back"), ("?", "help")]);
    page
}

/// A list far longer than any window, the cursor in it.
pub fn meshes(cursor: usize) -> Page {
    let items = (0..60)
        .map(|number| choice(&format!("Mesh {number}"), &format!("member, {} people", number + 2)))
        .collect();
    let field = Field {
        label: words("Filter"),
        shown: Shown::Clear(String::new()),
        cursor: Some(0),
        placeholder: Some(words("type to filter")),
        note: None,
        masked: false,
    };
    let mut page = Page::new(words("mesh"))
        .block(Block::text(words("Which mesh?")))
        .block(Block::Field(field))
        .block(Block::Choices(Choices { items, cursor: Some(cursor), numbered: false }));
    page.hints = hints(&[("↑↓", "choose"), ("enter", "continue"), ("esc", "back"), ("F1", "help")]);
    page
}

/// Names in every script, some of them wide, one from right to left.
pub fn scripts() -> Page {
    let facts = vec![
        (words("Mesh"), words("医院放射科 → 第三")),
        (words("From"), words("שלום עולם")),
        (words("Nurse"), words("👩‍⚕️ Zoë e\u{301}lan")),
    ];
    let items =
        vec![choice("医院放射科医院放射科医院放射科", "メンバー"), choice("مرحبا بالعالم", "عضو")];
    let mut page = Page::new(words("加入 mesh"))
        .block(Block::facts(facts))
        .block(Block::Choices(Choices { items, cursor: Some(1), numbered: false }));
    page.corner = Some(Corner::Words(words("放射科.example.org")));
    page.hints = hints(&[("enter", "join"), ("esc", "back")]);
    page
}

/// Every page made by hand.
pub fn all() -> Vec<(&'static str, Page)> {
    vec![
        ("welcome", welcome()),
        ("sign-in", sign_in(587)),
        ("sign-in-captioned", sign_in_captioned()),
        ("big-qr", big_qr()),
        ("trouble", error()),
        ("token", token()),
        ("name-machine", name_machine()),
        ("launch", launch()),
        ("meshes", meshes(33)),
        ("scripts", scripts()),
    ]
}
