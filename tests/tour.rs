//! The tour in src/lib.rs is true: a room uses what stands below it on the list
//! and nothing above, and the files of a room form no circle either. Read off
//! the source, tests apart.
//!
//! A file is a module. A `mod` line and a `pub use` are no arrows; a name taken
//! through a re-export is an arrow to the file that defines it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A module's path, or an item's: `["server", "store"]`.
type Names = Vec<String>;

/// What one file says of others.
#[derive(Default)]
struct File {
    /// Paths it names, from the crate's root.
    uses: Vec<Names>,
    /// Its names for other files' items, and those it hands on (`pub use`).
    imports: BTreeMap<String, Names>,
    exports: BTreeMap<String, Names>,
}

/// The rooms, in the order of the list.
fn rooms() -> Vec<String> {
    let tour = include_str!("../src/lib.rs");
    let named = tour.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    named.map(str::to_owned).collect()
}

/// Every file's tokens by its module, tests apart.
fn tokens() -> BTreeMap<Names, Vec<String>> {
    fn collect(folder: &Path, module: &[String], all: &mut BTreeMap<Names, Vec<String>>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a name").to_str().expect("Unicode").to_owned();
            let module: Names = module.iter().cloned().chain([name.clone()]).collect();
            if name == "tests" || name == "main" {
                continue;
            }
            if path.is_dir() {
                collect(&path, &module, all);
            } else if path.extension().is_some_and(|ending| ending == "rs") && name != "lib" {
                let text = std::fs::read_to_string(&path).expect("a file of ours");
                all.insert(module, split(&text));
            }
        }
    }
    let mut all = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut all);
    assert!(all.len() > 200, "{}", all.len());
    all
}

/// Names, `::` and single characters, up to the file's tests; no comments and
/// no literals.
fn split(text: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = raw_string(rest) {
            raw
        } else if first == '"' {
            closing_quote(rest)
        } else if let Some(escaped) = rest.strip_prefix("'\\") {
            let first = escaped.chars().next().map_or(0, char::len_utf8);
            2 + first + escaped[first..].find('\'').map_or(0, |end| end + 1)
        } else if first == '\'' && rest.chars().nth(2) == Some('\'') {
            rest.char_indices().nth(3).map_or(rest.len(), |(at, _)| at)
        } else if is_name(first) {
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            end
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            tokens.extend((!first.is_whitespace()).then(|| first.to_string()));
            first.len_utf8()
        };
        rest = &rest[length..];
        if tokens.ends_with(&["mod".to_owned(), "tests".to_owned()]) {
            break;
        }
    }
    tokens
}

fn raw_string(text: &str) -> Option<usize> {
    let body = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    let inside = body[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - inside.len();
    Some(inside.find(&close).map_or(text.len(), |end| start + end + close.len()))
}

fn closing_quote(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// The paths of one `use` tree from `at`, each with its name here; answers with
/// where the tree ends.
fn use_tree(
    tokens: &[String],
    mut at: usize,
    mut path: Names,
    all: &mut Vec<(Names, String)>,
) -> usize {
    loop {
        if tokens[at] == "{" {
            at += 1;
            while tokens[at] != "}" {
                at = use_tree(tokens, at, path.clone(), all);
                at += usize::from(tokens[at] == ",");
            }
            return at + 1;
        }
        path.push(tokens[at].clone());
        at += 1;
        if tokens[at] != "::" {
            break;
        }
        at += 1;
    }
    if path.last().is_some_and(|name| name == "self") {
        path.pop();
    }
    let mut name = path.last().cloned().unwrap_or_default();
    if tokens[at] == "as" {
        name.clone_from(&tokens[at + 1]);
        at += 2;
    }
    all.push((path, name));
    at
}

/// Every file by its module.
fn read() -> BTreeMap<Names, File> {
    let tokens = tokens();
    let modules: BTreeSet<Names> = tokens.keys().cloned().collect();
    let read = |(module, tokens): (Names, Vec<String>)| {
        let file = read_file(&module, &tokens, &modules);
        (module, file)
    };
    tokens.into_iter().map(read).collect()
}

fn read_file(module: &Names, tokens: &[String], modules: &BTreeSet<Names>) -> File {
    let is_name = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|t: &String| t.starts_with(|c: char| c.is_alphabetic() || c == '_'))
    };
    let mut file = File::default();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" && is_name(at + 1) {
            let is_export = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
            let mut all = Vec::new();
            at = use_tree(tokens, at + 1, Names::new(), &mut all);
            for (path, name) in all {
                let Some(path) = from_root(module, &path, modules) else { continue };
                file.imports.insert(name.clone(), path.clone());
                if is_export {
                    file.exports.insert(name, path);
                } else {
                    file.uses.push(path);
                }
            }
        } else if is_name(at) {
            let mut path = vec![tokens[at].clone()];
            while tokens.get(at + 1).is_some_and(|token| token == "::") && is_name(at + 2) {
                path.push(tokens[at + 2].clone());
                at += 2;
            }
            at += 1;
            if path.len() > 1 {
                let imported = file.imports.get(&path[0]);
                let imported = imported.map(|start| [&start[..], &path[1..]].concat());
                file.uses.extend(imported.or_else(|| from_root(module, &path, modules)));
            }
        } else {
            at += 1;
        }
    }
    file
}

/// A path as `module` writes it, from the crate's root; nothing for another
/// crate's.
fn from_root(module: &Names, path: &[String], modules: &BTreeSet<Names>) -> Option<Names> {
    let ups = path.iter().take_while(|name| *name == "super").count();
    let child = || [&module[..], &path[..1]].concat();
    match path[0].as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([&module[..], &path[1..]].concat()),
        "super" => Some([&module[..module.len().checked_sub(ups)?], &path[ups..]].concat()),
        _ if modules.contains(&child()) => Some([&module[..], path].concat()),
        _ => None,
    }
}

/// The file that defines what a path names. A path that ends at a module says
/// nothing yet: what is taken from it is a path of its own.
fn defining_file(path: &Names, files: &BTreeMap<Names, File>, depth: u8) -> Option<Names> {
    let length = (1..=path.len()).rev().find(|length| files.contains_key(&path[..*length]))?;
    let (module, rest) = path.split_at(length);
    let first = rest.first()?;
    match files[module].exports.get(first) {
        Some(target) if depth < 8 => {
            defining_file(&[&target[..], &rest[1..]].concat(), files, depth + 1)
        }
        _ => Some(module.to_vec()),
    }
}

/// Which files each file names.
fn arrows() -> BTreeMap<Names, BTreeSet<Names>> {
    let files = read();
    let to = |module: &Names, file: &File| {
        let used = file.uses.iter().filter_map(|path| defining_file(path, &files, 0));
        used.filter(|used| used != module).collect()
    };
    files.iter().map(|(module, file)| (module.clone(), to(module, file))).collect()
}

/// Everything that can be reached from a file along the arrows.
fn reachable(from: &Names, arrows: &BTreeMap<Names, BTreeSet<Names>>) -> BTreeSet<Names> {
    let mut found = BTreeSet::new();
    let mut next = vec![from];
    while let Some(file) = next.pop() {
        next.extend(arrows[file].iter().filter(|used| found.insert((*used).clone())));
    }
    found
}

#[test]
fn arrows_run_down_the_tour() {
    let rooms = rooms();
    assert!(rooms.len() > 15, "{rooms:?}");
    let place = |name: &String| rooms.iter().position(|room| room == name);
    let mut up = Vec::new();
    for (module, file) in read() {
        let room = place(&module[0]);
        let above = file
            .uses
            .iter()
            .filter(|used| used.first().and_then(place).is_some_and(|used| Some(used) < room));
        up.extend(above.map(|used| format!("{} uses {}", module.join("::"), used.join("::"))));
    }
    assert!(up.is_empty(), "{up:#?}");
}

#[test]
fn files_form_no_circle() {
    let arrows = arrows();
    let reached: BTreeMap<_, _> =
        arrows.keys().map(|file| (file, reachable(file, &arrows))).collect();
    let mut circles = Vec::new();
    for (file, used) in
        arrows.iter().flat_map(|(file, all)| all.iter().map(move |used| (file, used)))
    {
        if reached[used].contains(file) {
            circles.push(format!("{} uses {}", file.join("::"), used.join("::")));
        }
    }
    assert!(circles.is_empty(), "{circles:#?}");
}

/// Requests are answered by operations: what they come by knows no table.
#[test]
fn api_pages_and_oauth_name_no_table() {
    let mut named = Vec::new();
    for (module, file) in read() {
        if let [server, way, ..] = module.as_slice()
            && server == "server"
            && ["api", "pages", "oauth"].contains(&way.as_str())
        {
            let tables = |used: &&Names| matches!(&used[..], [_, room, ..] if room == "store" || room == "db");
            named.extend(
                file.uses.iter().filter(tables).map(|used| format!("{module:?}: {used:?}")),
            );
        }
    }
    assert!(named.is_empty(), "{named:#?}");
}
