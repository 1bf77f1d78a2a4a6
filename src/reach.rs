//! The desktop, best effort and honest about it: clipboard, browser.
