//! Lists the files of `assets/agents`, `assets/openapi` and `assets/providers`, so that
//! one more of them is one more file.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    list("agents", "toml")?;
    list("openapi", "json")?;
    list("providers", "toml")
}

/// Writes the names and texts of the files in `assets/FOLDER` as an expression.
fn list(folder: &str, extension: &str) -> io::Result<()> {
    let variable = |name: &str| env::var(name).map_err(io::Error::other);
    println!("cargo::rerun-if-changed=assets/{folder}");
    let assets = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("assets").join(folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(assets)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension)
            && let Some(name) = path.file_stem()
        {
            let name = name.to_string_lossy();
            files.push(format!("({name:?}, include_str!({:?}))", path.display().to_string()));
        }
    }
    files.sort();
    let list = Path::new(&variable("OUT_DIR")?).join(folder).with_extension("rs");
    fs::write(list, format!("&[{}]", files.join(", ")))
}
