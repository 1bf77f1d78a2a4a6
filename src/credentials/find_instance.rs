//! The instance that a name or an address means.

use crate::credentials::auth_file::{AuthFile, LOCAL};
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::input::{address, peel::peel};
use crate::model::{Instance, Place};

impl AuthFile {
    /// The instance somebody named: one that is known, `local`, or a place.
    ///
    /// # Errors
    /// Exit code 5 when it is none of them.
    pub fn find_instance(&self, name: &str) -> Result<Instance, AppError> {
        let name = peel(name);
        if let Some(instance) = self.instance(name) {
            return Ok(instance);
        }
        if name == LOCAL && cfg!(feature = "server") {
            return Ok(Instance::local());
        }
        if !looks_like_an_address(name) {
            return Err(self.unknown_instance(name));
        }
        let mut instance = address::parse(name)?;
        let Place::At(url) = &instance.place else { return Ok(instance) };
        if let Some(known) = self.at(url) {
            return Ok(known);
        }
        instance.name = self.name_for(url);
        Ok(instance)
    }

    /// Nobody knows an instance of this name.
    pub(super) fn unknown_instance(&self, name: &str) -> AppError {
        let message = Message::new("keep-instance-unknown").with("name", printable(name));
        let names: Vec<_> = self.instances.keys().map(|name| printable(name)).collect();
        let hint = if names.is_empty() {
            Message::new("keep-instance-unknown-none")
        } else {
            Message::new("keep-instance-unknown-hint").with("names", names.join(", "))
        };
        AppError::new(ErrorKind::NotFound, "instance_unknown", message).hint(hint)
    }
}

/// An address rather than a name: it has a dot, a port or a scheme in it.
pub(super) fn looks_like_an_address(name: &str) -> bool {
    name.contains(['.', ':']) || name == "localhost"
}
