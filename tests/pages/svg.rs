//! Cells as a picture: an SVG of a terminal's window, for documents. Every run
//! of cells stands where its first one does and is as wide as its cells are, so
//! that any font lines up; signs and blocks are shapes, because fonts draw them
//! as they like.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crewmesh::terminal::draw::Canvas;
use crewmesh::terminal::line::width;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// A cell. Half of its height is its width: a QR code has square modules.
const CELL: (usize, usize) = (10, 20);

/// Around the cells, and above them where a window has its buttons.
const BORDER: usize = 20;
const BAR: usize = 32;

/// What a picture is drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shade {
    Light,
    Dark,
}

/// Roles and what they look like: the colours of the pages, by which each can be
/// read on its ground.
fn colors(shade: Shade) -> [(&'static str, &'static str); 9] {
    match shade {
        Shade::Light => [
            ("w", "#fffdf9"),
            ("e", "#ddd6c8"),
            ("k", "#f3efe6"),
            ("p", "#1e1c18"),
            ("b", "#1e1c18"),
            ("d", "#6b6457"),
            ("t", "#0b6b60"),
            ("g", "#14634a"),
            ("r", "#96281c"),
        ],
        Shade::Dark => [
            ("w", "#141517"),
            ("e", "#34383d"),
            ("k", "#25282c"),
            ("p", "#f0ede6"),
            ("b", "#ffffff"),
            ("d", "#9a968e"),
            ("t", "#6fd0c1"),
            ("g", "#7fd39b"),
            ("r", "#ff9c8d"),
        ],
    }
}

/// What is seen for a while, and the key that is pressed at its end, which stays
/// in sight above.
pub struct Frame {
    pub canvas: Canvas,
    pub seconds: f64,
    pub key: &'static str,
}

/// One page.
pub fn still(canvas: &Canvas, shade: Shade) -> String {
    let mut inside = cells(canvas);
    if let Some((x, y)) = canvas.caret {
        let (x, y) = (usize::from(x) * CELL.0, usize::from(y) * CELL.1 + 1);
        let _ = writeln!(inside, r#"<rect class="p" x="{x}" y="{y}" width="2" height="18"/>"#);
    }
    window(canvas, shade, "", &inside)
}

/// Several, one after the other and again from the beginning; the last alone for
/// whoever wants nothing to move. A command is typed in the first.
pub fn moving(frames: &[Frame], shade: Shade) -> String {
    let last = frames.last().expect("a frame");
    let whole: f64 = frames.iter().map(|frame| frame.seconds).sum();
    let mut style = String::from(".f{opacity:0}.l{opacity:1}\n");
    let keys = frames.iter().filter(|frame| !frame.key.is_empty());
    let keys: usize = keys.map(|frame| key_columns(frame.key) + 6).sum();
    let mut x = usize::from(last.canvas.cells.area.width) * CELL.0 - 14 - keys;
    let _ = writeln!(style, "@media (prefers-reduced-motion:no-preference){{");
    let _ = writeln!(style, ".f,.n,.y{{animation:{whole}s step-end infinite}}");
    let (mut inside, mut bar, mut begins) = (String::new(), String::new(), 0.0);
    // A key is seen for a moment before what it does.
    let pressed = 0.7;
    for (number, frame) in frames.iter().enumerate() {
        let ends = begins + frame.seconds;
        let is_last = if number + 1 == frames.len() { " l" } else { "" };
        style += &seen(&format!("f{number}"), begins / whole, ends / whole);
        let _ = writeln!(inside, r#"<g class="f f{number}{is_last}">"#);
        inside += &cells(&frame.canvas);
        if number == 0 {
            // A cover that draws back behind a cursor, letter by letter.
            let letters = width(frame.canvas.text().lines().next().unwrap_or_default()) - 2;
            let (typed, wide) = (percent((frame.seconds - pressed) / whole), letters * CELL.0);
            let _ = writeln!(
                inside,
                r#"<g class="y"><rect class="w" x="20" width="{wide}" height="20"/><rect class="d" x="20" y="1" width="9" height="18"/></g>"#,
            );
            let _ = writeln!(
                style,
                ".y{{animation-name:y;animation-timing-function:steps({letters})}}@keyframes y{{{typed},to{{transform:translateX({wide}px)}}}}",
            );
        }
        inside += "</g>\n";
        if !frame.key.is_empty() {
            style += &seen(&format!("n{number}"), (ends - pressed) / whole, 1.0);
            let wide = key_columns(frame.key);
            let _ = writeln!(
                bar,
                r#"<g class="n n{number}"><rect class="k" x="{x}" y="-33" width="{wide}" height="22" rx="5"/><text class="p" x="{}" y="-18" text-anchor="middle" style="font-size:13px">{}</text></g>"#,
                x + wide / 2,
                frame.key,
            );
            x += wide + 6;
        }
        begins = ends;
    }
    style.push('}');
    inside += &bar;
    window(&last.canvas, shade, &style, &inside)
}

/// How wide a key is drawn.
fn key_columns(key: &str) -> usize {
    18 + 8 * key.len()
}

/// When in the whole something is to be seen, from and to.
fn seen(name: &str, from: f64, to: f64) -> String {
    let mut rule = format!(".{name}{{animation-name:{name}}}@keyframes {name}{{");
    let _ = write!(rule, "0%{{opacity:{}}}", u8::from(from == 0.0));
    if from > 0.0 {
        let _ = write!(rule, "{}{{opacity:1}}", percent(from));
    }
    if to < 1.0 {
        let _ = write!(rule, "{}{{opacity:0}}", percent(to));
    }
    rule + "}\n"
}

fn percent(part: f64) -> String {
    format!("{:.2}%", 100.0 * part)
}

/// The window around what is inside.
fn window(canvas: &Canvas, shade: Shade, style: &str, inside: &str) -> String {
    let area = canvas.cells.area;
    let wide = usize::from(area.width) * CELL.0 + 2 * BORDER;
    let tall = usize::from(area.height) * CELL.1 + BORDER + BAR + BORDER / 2;
    let top = BAR + BORDER / 2;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}">
<style>
text{{font:16.5px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace;white-space:pre}}
.b{{font-weight:bold}}.u{{text-decoration:underline}}
"#,
    );
    for (role, color) in colors(shade) {
        let property = if role == "e" { "stroke" } else { "fill" };
        let _ = write!(svg, ".{role}{{{property}:{color};color:{color}}}");
    }
    let _ = writeln!(svg, "\n{style}</style>");
    let _ = writeln!(
        svg,
        r#"<defs><path id="v" d="M1.5 11l2.8 3.5L9 5.5" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/><path id="x" d="M1.5 6l7 8m0-8l-7 8" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/><path id="o" d="M1.5 10.5a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0" fill="none" stroke="currentColor" stroke-width="1.6"/><path id="c" d="M1 5l8 5.2L1 15.4z"/></defs>"#,
    );
    let _ = writeln!(
        svg,
        r#"<rect class="w e" x=".5" y=".5" width="{}" height="{}" rx="10"/>"#,
        wide - 1,
        tall - 1,
    );
    svg += r#"<path class="e" d="M16 17h.01M34 17h.01M52 17h.01" stroke-width="11" stroke-linecap="round" transform="translate(4)"/>
"#;
    let _ = writeln!(svg, r#"<g transform="translate({BORDER} {top})">"#);
    svg + inside + "</g>\n</svg>\n"
}

/// The cells of a page: the code as a path, blocks as another, then the text.
fn cells(canvas: &Canvas) -> String {
    let area = canvas.cells.area;
    let mut out = code(canvas);
    let mut blocks: BTreeMap<&str, String> = BTreeMap::new();
    for y in 0..area.height {
        let mut runs: Vec<(u16, &str, String)> = Vec::new();
        let mut x = 0;
        while x < area.width {
            let cell = &canvas.cells[(x, y)];
            let wide = u16::try_from(width(cell.symbol())).unwrap_or(1).max(1);
            let role = role(cell);
            if is_code(cell) {
                runs.push((x, "", String::new()));
            } else if let Some((from, to)) = block(cell.symbol()) {
                let path = blocks.entry(role).or_default();
                let top = usize::from(y) * CELL.1 + from;
                let _ = write!(
                    path,
                    "M{} {top}h{}v{}h-{}z",
                    usize::from(x) * CELL.0,
                    CELL.0,
                    to - from,
                    CELL.0
                );
                runs.push((x, "", String::new()));
            } else if let Some(shape) = shape(cell.symbol()) {
                let (x, y) = (usize::from(x) * CELL.0, usize::from(y) * CELL.1);
                let _ = writeln!(out, r##"<use href="#{shape}" class="{role}" x="{x}" y="{y}"/>"##);
                runs.push((0, "", String::new()));
            } else {
                let blank = cell.symbol() == " ";
                match runs.last_mut() {
                    // What stands behind a gap stands by itself.
                    Some((_, own, text)) if blank || (*own == role && !text.ends_with("  ")) => {
                        text.push_str(cell.symbol());
                    }
                    _ if blank => {}
                    _ => runs.push((x, role, cell.symbol().to_owned())),
                }
            }
            x += wide;
        }
        for (x, role, text) in runs {
            let text = text.trim_end();
            if text.is_empty() {
                continue;
            }
            let (x, y) = (usize::from(x) * CELL.0, usize::from(y) * CELL.1 + 15);
            let long = width(text) * CELL.0;
            let role = if role == "u" { "u p" } else { role };
            let _ = writeln!(
                out,
                r#"<text class="{role}" x="{x}" y="{y}" textLength="{long}">{}</text>"#,
                escaped(text)
            );
        }
    }
    for (role, path) in blocks {
        let _ = writeln!(out, r#"<path class="{role}" d="{path}" shape-rendering="crispEdges"/>"#);
    }
    out
}

/// The class of a cell's role.
fn role(cell: &Cell) -> &'static str {
    match cell.fg {
        Color::Green => "g",
        Color::Red => "r",
        Color::Cyan => "t",
        _ if cell.modifier.contains(Modifier::UNDERLINED) => "u",
        _ if cell.modifier.contains(Modifier::BOLD) => "b",
        _ if cell.modifier.contains(Modifier::DIM) => "d",
        _ => "p",
    }
}

/// From where to where a block fills its cell.
fn block(symbol: &str) -> Option<(usize, usize)> {
    match symbol {
        "█" => Some((0, CELL.1)),
        "▀" => Some((0, CELL.1 / 2)),
        "▄" => Some((CELL.1 / 2, CELL.1)),
        _ => None,
    }
}

fn shape(symbol: &str) -> Option<&'static str> {
    match symbol {
        "✔" => Some("v"),
        "✘" => Some("x"),
        "○" => Some("o"),
        "▸" => Some("c"),
        _ => None,
    }
}

/// Whether it is part of a QR code, made of half blocks.
fn is_code(cell: &Cell) -> bool {
    cell.bg == Color::Indexed(16)
}

/// The code, if there is one: white, and on it one path of what is dark, in
/// modules.
fn code(canvas: &Canvas) -> String {
    let area = canvas.cells.area;
    let mut white: Option<(u16, u16, u16, u16)> = None;
    for (x, y) in (0..area.height).flat_map(|y| (0..area.width).map(move |x| (x, y))) {
        if is_code(&canvas.cells[(x, y)]) {
            let (left, top, right, bottom) = white.unwrap_or((x, y, x, y));
            white = Some((left.min(x), top, right.max(x), bottom.max(y)));
        }
    }
    let Some((left, top, right, bottom)) = white else { return String::new() };
    let mut path = String::new();
    for half in 0..2 * (bottom - top + 1) {
        let is_dark = |x: u16| {
            let symbol = canvas.cells[(x, top + half / 2)].symbol();
            symbol == " " || symbol == if half % 2 == 0 { "▄" } else { "▀" }
        };
        let mut x = left;
        while x <= right {
            let run = (x..=right).take_while(|x| is_dark(*x)).count();
            if run > 0 {
                let _ = write!(path, "M{} {half}h{run}v1h-{run}z", x - left);
            }
            x += u16::try_from(run).unwrap_or(u16::MAX).max(1);
        }
    }
    let (x, y) = (usize::from(left) * CELL.0, usize::from(top) * CELL.1);
    let wide = usize::from(right - left + 1);
    let tall = 2 * usize::from(bottom - top + 1);
    format!(
        r##"<g transform="translate({x} {y}) scale({})" shape-rendering="crispEdges"><rect width="{wide}" height="{tall}" fill="#fff"/><path d="{path}"/></g>
"##,
        CELL.0,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
