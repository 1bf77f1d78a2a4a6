//! Opening a file that a person named or that stands where one of ours is
//! expected. What is there may be a pipe that nobody writes to, or a device
//! without an end: it is opened without waiting for anybody, and refused
//! unless it is a regular file of a size that makes sense. Marks that cannot be
//! seen, which editors and chats put before a text or after it, are not read.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

use zeroize::Zeroizing;

/// The bytes of a file, wiped when dropped: there may be a token among them.
pub type Contents = Zeroizing<Vec<u8>>;

/// A byte order mark, a space without width, a word joiner.
const MARKS: [&str; 3] = ["\u{feff}", "\u{200b}", "\u{2060}"];

/// Opens a file to be read.
///
/// # Errors
/// Those of opening; what is no regular file is invalid input.
pub fn open(path: &Path) -> Result<File> {
    open_with(OpenOptions::new().read(true), path)
}

/// The same, opened as `options` say.
///
/// # Errors
/// As [`open`].
pub fn open_with(options: &mut OpenOptions, path: &Path) -> Result<File> {
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(Error::new(ErrorKind::InvalidInput, "not a regular file"))
    }
}

/// Reads an open file to its end, `most` bytes of it at most.
///
/// # Errors
/// Those of reading; a longer one is invalid data.
pub fn read_open(file: &mut File, most: u64) -> Result<Contents> {
    let too_long = || Error::new(ErrorKind::InvalidData, "too long");
    let length = file.metadata()?.len();
    if length > most {
        return Err(too_long());
    }
    // All of it at once: a buffer that grows leaves copies behind.
    let length = usize::try_from(length).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_long());
    }
    while let Some(mark) = MARKS.iter().find(|mark| bytes.starts_with(mark.as_bytes())) {
        bytes.drain(..mark.len());
    }
    while let Some(mark) =
        MARKS.iter().find(|mark| bytes.trim_ascii_end().ends_with(mark.as_bytes()))
    {
        let length = bytes.trim_ascii_end().len() - mark.len();
        bytes.truncate(length);
    }
    Ok(bytes)
}

/// Reads a file of `most` bytes at most.
///
/// # Errors
/// Those of [`open`] and [`read_open`].
pub fn read(path: &Path, most: u64) -> Result<Contents> {
    read_open(&mut open(path)?, most)
}

/// The same, as text.
///
/// # Errors
/// Those of [`read`]; what is no UTF-8 is invalid data.
pub fn read_text(path: &Path, most: u64) -> Result<Zeroizing<String>> {
    let bytes = read(path, most)?;
    let text = str::from_utf8(&bytes).map_err(|fault| Error::new(ErrorKind::InvalidData, fault))?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_text() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        for text in ["\u{feff}{}", "\u{feff}\u{200b}{}\u{200b}\n", "{}\u{2060}"] {
            std::fs::write(&path, text).expect("written");
            assert_eq!(read_text(&path, 20).expect("read").as_str(), "{}", "{text:?}");
        }
        std::fs::write(&path, "{}\n ").expect("written");
        assert_eq!(read_text(&path, 9).expect("read").as_str(), "{}\n ", "blanks are its own");
        let long = read(&path, 3).expect_err("four bytes");
        assert_eq!(long.kind(), ErrorKind::InvalidData);
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_are_refused_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo is there").success());
        for path in [pipe.as_path(), Path::new("/dev/zero"), folder.path()] {
            let refused = read(path, 9).expect_err("no file");
            assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{}", path.display());
        }
    }
}
