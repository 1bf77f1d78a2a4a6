//! Agents on this machine, and becoming one.
