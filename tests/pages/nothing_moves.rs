//! Nothing on the page of a code moves for what happens elsewhere: that its page was
//! opened, that the network fails, that something was copied. Nor on the launch card
//! for who is at work.

use crewmesh::i18n::{Catalog, Language};
use crewmesh::model::{Clipboard, OpenedOn, Opening, OpeningStep, Poll};
use crewmesh::terminal::draw::Canvas;
use crewmesh::terminal::theme::TerminalStyle;
use crewmesh::wizard::event::{Key, Reply};
use crewmesh::wizard::next::To;

use super::gallery::{Walk, refused};
use super::launching::{at_work, settled};
use super::signing_in::with_code;
use crate::support::fixtures::{code, first_run_remote};

const SIZES: [(u16, u16); 6] = [(140, 45), (80, 24), (80, 20), (40, 16), (40, 12), (24, 6)];

fn rows(walk: &Walk, language: Language, (columns, rows): (u16, u16)) -> Vec<String> {
    let catalog = Catalog::new(language);
    let canvas = Canvas::of(&walk.page(), &catalog, TerminalStyle::full(), columns, rows);
    canvas.text().lines().map(ToOwned::to_owned).collect()
}

#[test]
fn the_row_of_whoever_opened_the_page_takes_no_more_lines_than_it_had() {
    for language in Language::ALL {
        let waiting = || with_code(language, first_run_remote(), code());
        for on in [OpenedOn::Phone, OpenedOn::Computer, OpenedOn::Browser] {
            for step in [OpeningStep::Opened, OpeningStep::SignedIn] {
                let network = Some("2001:db8:1234:5678::/64".to_owned());
                let opening = Opening { changes: 1, step, on, network };
                let opened = waiting().answer(Reply::Poll(Poll::Opened(opening)));
                for size in SIZES {
                    let (before, after) =
                        (rows(&waiting(), language, size), rows(&opened, language, size));
                    let other: Vec<_> = before
                        .iter()
                        .zip(&after)
                        .filter(|(before, after)| before != after)
                        .collect();
                    // The row itself, and the network where a row is free for it.
                    let free = if size.1 >= 16 { 2 } else { 1 };
                    let lines = if size.0 < 40 { 2 } else { 1 };
                    assert!(
                        (1..lines + free).contains(&other.len()),
                        "{language:?} {size:?}\n{}",
                        after.join("\n")
                    );
                    if size.0 >= 80 {
                        let row = after.iter().any(|row| row.contains('…') && row.contains('○'));
                        assert!(row, "said whole: {}", after.join("\n"));
                    }
                }
            }
        }
    }
}

#[test]
fn the_code_stays_where_it_is_for_a_message() {
    for language in Language::ALL {
        let waiting = || with_code(language, first_run_remote(), code());
        let copied = waiting().press(Key::char('c')).answer(Reply::Copied(Ok(Clipboard::Terminal)));
        let trouble = waiting().answer(Reply::Poll(Poll::Failed(refused())));
        for size in SIZES.into_iter().filter(|size| size.1 > 6) {
            let at = |walk: &Walk| {
                let rows = rows(walk, language, size);
                rows.iter().position(|row| row.contains("WDJB-MJPV"))
            };
            let code = at(&waiting());
            assert!(code.is_some(), "{size:?}");
            assert_eq!((at(&copied), at(&trouble)), (code, code), "{language:?} {size:?}");
        }
    }
}

#[test]
fn who_is_at_work_is_told_in_rows_that_were_blank() {
    for language in Language::ALL {
        let asking = || Walk::on(language, settled(), To::Launch);
        let many: Vec<_> = (0..40).map(|number| format!("alejandro-{number}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        for names in [&[][..], &["ana", "ben-2", "ida"], &many] {
            let told = asking().answer(at_work(names));
            for size in SIZES {
                let (before, after) =
                    (rows(&asking(), language, size), rows(&told, language, size));
                let pairs = || before.iter().zip(&after);
                let moved = pairs()
                    .any(|(before, after)| before != after && !before.chars().all(|c| c == ' '));
                assert!(!moved && before.len() == after.len(), "{size:?}\n{}", after.join("\n"));
                // A small window has no row for it.
                let is_told = pairs().any(|(before, after)| before != after);
                assert_eq!(is_told, size.1 >= 16, "{size:?}\n{}", after.join("\n"));
            }
        }
    }
}
