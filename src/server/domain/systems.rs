//! Operating systems and architectures that a device may say it has. Whoever asks
//! for a code says what they like; what is not among these is not said.

/// As Rust calls them (`std::env::consts::OS`), then as others do.
const OS: [(&str, &[&str]); 13] = [
    ("linux", &["gnu/linux"]),
    ("macos", &["darwin", "mac os", "mac os x", "os x", "osx", "macosx"]),
    ("windows", &["win32", "win64", "windows_nt"]),
    ("freebsd", &[]),
    ("netbsd", &[]),
    ("openbsd", &[]),
    ("dragonfly", &["dragonflybsd"]),
    ("illumos", &[]),
    ("solaris", &["sunos"]),
    ("android", &[]),
    ("ios", &["ipados"]),
    ("aix", &[]),
    ("haiku", &[]),
];

/// As Rust calls them (`std::env::consts::ARCH`), then as others do.
const ARCH: [(&str, &[&str]); 14] = [
    ("x86_64", &["amd64", "x64", "x86-64"]),
    ("aarch64", &["arm64"]),
    ("x86", &["i386", "i486", "i586", "i686", "ia32"]),
    ("arm", &["armv6l", "armv7l", "armhf"]),
    ("riscv64", &[]),
    ("riscv32", &[]),
    ("loongarch64", &["loong64"]),
    ("powerpc64", &["ppc64", "ppc64le"]),
    ("powerpc", &["ppc"]),
    ("s390x", &[]),
    ("mips", &["mipsel"]),
    ("mips64", &["mips64el"]),
    ("sparc64", &["sparcv9"]),
    ("wasm32", &[]),
];

/// The operating system that is meant.
pub fn os(said: &str) -> Option<&'static str> {
    find(&OS, said)
}

/// The architecture that is meant.
pub fn arch(said: &str) -> Option<&'static str> {
    find(&ARCH, said)
}

fn find(known: &[(&'static str, &[&str])], said: &str) -> Option<&'static str> {
    let said = said.trim().to_ascii_lowercase();
    let found = known.iter().find(|(name, others)| *name == said || others.contains(&&*said));
    found.map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_system_is_not_said() {
        assert_eq!(os(std::env::consts::OS), Some(std::env::consts::OS));
        assert_eq!(arch(std::env::consts::ARCH), Some(std::env::consts::ARCH));
        assert_eq!((os(" Darwin "), arch("ARM64")), (Some("macos"), Some("aarch64")));
        for free in ["", "same network", "linux\u{200b}", "Linux (this computer)", "verified"] {
            assert_eq!((os(free), arch(free)), (None, None));
        }
    }
}
