//! Members of a file that this build does not know, written back as they were: a
//! newer crewmesh may have put them there. What they hold nobody knows; it may be
//! a token, so it is not shown.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnknownMembers(Map<String, Value>);

impl fmt::Debug for UnknownMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} unknown", self.0.len())
    }
}
