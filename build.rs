//! Lists the files of `assets/agents`, so that one more agent is one more file.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=assets/agents");
    let variable = |name: &str| env::var(name).map_err(io::Error::other);
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("assets/agents");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml")
            && let Some(name) = path.file_stem()
        {
            let name = name.to_string_lossy();
            files.push(format!("({name:?}, include_str!({:?}))", path.display().to_string()));
        }
    }
    files.sort();
    let list = Path::new(&variable("OUT_DIR")?).join("agents.rs");
    fs::write(list, format!("&[{}]", files.join(", ")))
}
