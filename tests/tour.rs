//! The tour in src/lib.rs is true: a room uses what stands below it on the list
//! and nothing above, so the rooms form no circle. Read off the source, tests
//! apart.

use std::path::{Path, PathBuf};

/// The rooms, in the order of the list.
fn rooms() -> Vec<String> {
    let tour = include_str!("../src/lib.rs");
    let named = tour.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    named.map(str::to_owned).collect()
}

/// Every file of Rust at `path` and below.
fn files(path: &Path) -> Vec<PathBuf> {
    let Ok(folder) = std::fs::read_dir(path) else { return Vec::new() };
    let paths = folder.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What a file says outside of its tests and its comments.
fn said(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("a file of ours");
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn arrows_run_down_the_tour() {
    let (rooms, src) = (rooms(), Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(rooms.len() > 15, "{rooms:?}");
    let mut up = Vec::new();
    for (place, room) in rooms.iter().enumerate() {
        let own = src.join(format!("{room}.rs"));
        let all = files(&src.join(room)).into_iter().chain([own]);
        for file in all.filter(|file| file.file_stem().is_some_and(|name| name != "tests")) {
            let above = uses(&file).into_iter().filter(|used| rooms[..place].contains(used));
            up.extend(above.map(|used| format!("{} uses {used}", file.display())));
        }
    }
    assert!(up.is_empty(), "{up:#?}");
}

/// The room after each `crate::` of a file.
fn uses(file: &Path) -> Vec<String> {
    let text = said(file);
    let after = text.split("crate::").skip(1);
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    after.map(name).collect()
}
