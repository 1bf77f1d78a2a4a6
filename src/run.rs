//! The loop: draw if changed, wait, update, start effects.
