//! The same in plain lines: what is hidden while a secret is typed is seen
//! again, and from a pipe nothing is taken that is not ours.

use rustix::process::Signal;

use super::{in_a_shell, program, started};
use crate::support::home::Home;
use crate::support::terminal::stopped;

#[test]
fn ctrl_z_at_a_hidden_question_shows_what_is_typed_at_the_shell() {
    let home = Home::new();
    let mut terminal = in_a_shell(&home, "plain");
    terminal.shows("Choose [1]:").line("2").shows("Access token:");
    terminal.press("ctrl+z");
    terminal.wait("the shell", |screen| screen.contents().trim_end().ends_with("shell>"));
    terminal.line("echo it is $((20 + 3))").shows("echo it is").shows("it is 23").line("fg");
    // Asked again, and what is typed at it is hidden again.
    terminal.wait("the question", |screen| screen.contents().trim_end().ends_with("token:"));
    terminal.line("cm_pat_notawholeone").shows("characters").line("quit");
    terminal.shows("over: Cancelled").line("exit");
    terminal.ends();
    assert!(!terminal.raw().contains("notawhole"), "{}", terminal.raw().escape_debug());
}

#[test]
fn plain_lines_are_answered_from_a_pipe() {
    let home = Home::new();
    let said = program(&home, "plain").output("2\nback\n5\n").exits(0);
    assert!(said.out.contains("Choose [1]:"), "{}", said.out);
    assert!(said.out.contains("crewmesh · access token"), "{}", said.out);
    assert!(said.out.contains("over: Cancelled"), "{}", said.out);
    assert!(!said.out.contains('\u{1b}'), "{}", said.out.escape_debug());
}

#[test]
fn plain_lines_without_an_answer_end_with_what_to_do() {
    let home = Home::new();
    for input in ["", "2\n"] {
        let said = program(&home, "plain").output(input).exits(1);
        assert!(said.out.contains("trouble: input_ended"), "{}", said.out);
        assert!(said.out.contains("finished"), "{}", said.out);
    }
}

#[test]
fn from_a_pipe_nothing_behind_the_answers_is_taken() {
    let home = Home::new();
    let said = program(&home, "plain hand off").output("quit\nfor the agent\n").exits(0);
    assert!(said.out.contains("heard for the agent"), "{}", said.out);
}

#[test]
fn a_secret_typed_at_a_plain_question_is_not_shown_and_typing_is_seen_again() {
    for way_out in ["ctrl+c", "a signal", "quit"] {
        let home = Home::new();
        let mut terminal = started(&home, "plain");
        terminal.shows("Choose [1]:").line("2").shows("Access token:");
        terminal.line("cm_pat_notawholeone").shows("characters");
        terminal.shows("Access token:");
        match way_out {
            "a signal" => drop(terminal.signal(Signal::TERM)),
            "quit" => drop(terminal.line("quit")),
            key => drop(terminal.press(key)),
        }
        terminal.exits(0).shows_at_the_end("over: ").whole();
        assert!(!terminal.raw().contains("notawhole"), "{}", terminal.raw().escape_debug());
    }
}

#[test]
fn a_stop_at_a_hidden_question_shows_typing_until_it_goes_on() {
    let home = Home::new();
    let mut terminal = started(&home, "plain");
    terminal.shows("Choose [1]:").line("2").shows("Access token:");
    terminal.signal(Signal::TSTP);
    stopped(&terminal);
    terminal.whole();
    terminal.signal(Signal::CONT);
    terminal.wait("the question again", |screen| {
        screen.contents().matches("Access token:").count() == 2
    });
    terminal.line("quit");
    terminal.exits(0).shows_at_the_end("over: Cancelled").whole();
}
