//! A broken file is never deleted: it is renamed, over nothing that is there.

use std::fs::{self, File};
use std::io;

use jiff::Timestamp;

use crate::error::AppError;
use crate::home::disk::{file_error, sync_folder};
use crate::home::folder::Folder;

/// Renames the file `name` to `NAME.corrupt-DATE` and answers with that name.
///
/// # Errors
/// When the folder takes no file, or there is none of that name.
pub(crate) fn quarantine(folder: &Folder, name: &str) -> Result<String, AppError> {
    let date = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let names = std::iter::once(format!("{name}.corrupt-{date}"))
        .chain((2..).map(|number| format!("{name}.corrupt-{date}-{number}")));
    let from = folder.path().join(name);
    for new_name in names {
        let to = folder.path().join(&new_name);
        // Made first, so that of two names in one second neither is lost.
        match File::create_new(&to) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(file_error(&to, &error)),
        }
        if let Err(error) = fs::rename(&from, &to) {
            let _ = fs::remove_file(&to);
            return Err(file_error(&from, &error));
        }
        sync_folder(folder.path());
        return Ok(new_name);
    }
    Err(AppError::internal("no free name"))
}
