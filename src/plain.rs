//! The same pages as lines, the same answers by typing.
