use proptest::prelude::*;

use super::*;

fn all(bytes: &[u8]) -> Vec<Sent> {
    let mut parser = Parser::default();
    parser.feed(bytes);
    parser.give_up();
    std::iter::from_fn(|| parser.take()).collect()
}

fn plain(code: Code) -> Sent {
    key(code, KeyModifiers::NONE)
}

fn pasted(text: &str) -> Sent {
    Sent::Event(RawEvent::Paste(text.into()))
}

#[test]
fn keys_are_what_terminals_send_for_them() {
    for (bytes, code) in [
        ("\r", Code::Enter),
        ("\t", Code::Tab),
        ("\x7f", Code::Backspace),
        ("\x1b", Code::Esc),
        ("\x1b[A", Code::Up),
        ("\x1bOB", Code::Down),
        ("\x1b[H", Code::Home),
        ("\x1b[1~", Code::Home),
        ("\x1b[7~", Code::Home),
        ("\x1bOF", Code::End),
        ("\x1bOM", Code::Enter),
        ("\x1b[3~", Code::Delete),
        ("\x1b[5~", Code::PageUp),
        ("\x1bOP", Code::F(1)),
        ("\x1b[11~", Code::F(1)),
        ("\x1b[[A", Code::F(1)),
        ("\x1b[15~", Code::F(5)),
        ("\x1b[17~", Code::F(6)),
        ("\x1b[24~", Code::F(12)),
        ("ñ", Code::Char('ñ')),
        ("院", Code::Char('院')),
        ("👩", Code::Char('👩')),
    ] {
        assert_eq!(all(bytes.as_bytes()), [plain(code)], "{bytes:?}");
    }
    for (bytes, code, modifiers) in [
        ("\x03", Code::Char('c'), KeyModifiers::CONTROL),
        ("\n", Code::Char('j'), KeyModifiers::CONTROL),
        ("\0", Code::Char(' '), KeyModifiers::CONTROL),
        ("\x1bb", Code::Char('b'), KeyModifiers::ALT),
        ("\x1b\x7f", Code::Backspace, KeyModifiers::ALT),
        ("A", Code::Char('A'), KeyModifiers::SHIFT),
        ("Ñ", Code::Char('Ñ'), KeyModifiers::SHIFT),
        ("\x1b[Z", Code::BackTab, KeyModifiers::SHIFT),
        ("\x1b[1;5D", Code::Left, KeyModifiers::CONTROL),
        ("\x1b[3;3~", Code::Delete, KeyModifiers::ALT),
        ("\x1b[27;5;108~", Code::Char('l'), KeyModifiers::CONTROL),
        ("\x1b[108;5u", Code::Char('l'), KeyModifiers::CONTROL),
        ("\x1b[", Code::Char('['), KeyModifiers::ALT),
    ] {
        assert_eq!(all(bytes.as_bytes()), [key(code, modifiers)], "{bytes:?}");
    }
    assert_eq!(all(b"\x1b\x1b[A"), [plain(Code::Esc), plain(Code::Up)]);
}

#[test]
fn an_answer_is_no_key_and_loses_none_around_it() {
    let around = |answer: &str, report: Option<Report>| {
        let keys = all(format!("c{answer}u").as_bytes());
        let mut wanted = vec![plain(Code::Char('c'))];
        wanted.extend(report.map(Sent::Report));
        wanted.push(plain(Code::Char('u')));
        assert_eq!(keys, wanted, "{answer:?}");
    };
    around("\x1b[24;2R", Some(Report::Cursor(24, 2)));
    around("\x1b[?2026;2$y", Some(Report::Mode(2026, true)));
    around("\x1b[?2026;0$y", Some(Report::Mode(2026, false)));
    around("\x1b[?2026;4$y", Some(Report::Mode(2026, false)));
    // Nobody asked for these: another program did, which is gone.
    around("\x1b[?62;22c", None);
    around("\x1b[>0;276;0c", None);
    around("\x1b[?1u", None);
    around("\x1b[I", None);
    around("\x1b]11;rgb:0000/0000/0000\x1b\\", None);
    around("\x1bP1$r0m\x1b\\", None);
    around("\x1b]52;c;\x07", None);
    around("\x1b]l~/src: vim\x1b\\", None);
    around("\x1bP>|foot(1.16)\x1b\\", None);
    around("\x1b_Gi=31;OK\x1b\\", None);
    around("\x1b^note\x1b\\", None);
    around("\x1bXnote\x1b\\", None);
}

#[test]
fn a_paste_is_whole_however_it_comes() {
    assert_eq!(all(b"\x1b[200~a\rb\x1b[A\x1b[201~\r"), [pasted("a\rb\x1b[A"), plain(Code::Enter)]);
    let mut parser = Parser::default();
    for byte in b"\x1b[200~cm_pat_x\x1b[201~" {
        assert_eq!(parser.take(), None);
        parser.feed(&[*byte]);
    }
    assert_eq!(parser.take(), Some(pasted("cm_pat_x")));
    assert_eq!((parser.take(), parser.patience()), (None, None));
}

/// What `parser` has by now.
fn taken(parser: &mut Parser) -> Vec<Sent> {
    std::iter::from_fn(|| parser.take()).collect()
}

#[test]
fn a_paste_whose_end_is_lost_gives_the_keyboard_back() {
    let ctrl_c = || key(Code::Char('c'), KeyModifiers::CONTROL);
    let mut parser = Parser::default();
    parser.feed(b"\x1b[200~half");
    assert_eq!((parser.patience(), parser.is_interrupted()), (Some(REST_OF_PASTE), false));
    parser.give_up();
    parser.feed(b"\x03");
    assert_eq!((taken(&mut parser), parser.patience()), (vec![pasted("half"), ctrl_c()], None));
    // Ctrl+C is pressed again and again before that, and does not put it off.
    parser.feed(b"\x1b[200~half");
    for _ in 0..3 {
        parser.feed(b"\x03");
        assert!(parser.is_interrupted() && parser.take().is_none());
    }
    parser.give_up();
    assert_eq!(taken(&mut parser), [pasted("half"), ctrl_c(), ctrl_c(), ctrl_c()]);
    // One that was pasted presses nothing, or what stands behind it would be typed.
    for parts in [&[&b"a"[..], b"\x03", b"b\r", b"\x1b[201~"][..], &[b"a\x03b\r\x1b[201~"]] {
        parser.feed(b"\x1b[200~");
        for part in parts {
            parser.feed(part);
        }
        assert_eq!(
            (taken(&mut parser), parser.is_interrupted()),
            (vec![pasted("a\x03b\r")], false)
        );
    }
}

#[test]
fn of_a_paste_without_end_no_more_than_its_beginning_is_kept() {
    let mut parser = Parser::default();
    let text = |sent: Vec<Sent>| match sent.as_slice() {
        [Sent::Event(RawEvent::Paste(text))] => text.len(),
        other => panic!("{} things", other.len()),
    };
    let most = MOST - PASTE_BEGINS.len();
    for end in [&PASTE_ENDS[..3], PASTE_ENDS] {
        parser.feed(PASTE_BEGINS);
        for _ in 0..MOST / 0x8000 + 3 {
            parser.feed(&vec![b'x'; 0x8000]);
            assert!(parser.pending.len() < MOST + 10);
        }
        parser.feed(end);
        parser.feed(&PASTE_ENDS[end.len()..]);
        assert_eq!((text(taken(&mut parser)), parser.patience()), (most, None));
    }
    // Nor of anything else.
    for begins in ["\x1b]52;c;", "\x1b["] {
        parser.feed(begins.as_bytes());
        parser.feed(&vec![b'0'; MOST]);
        parser.give_up();
        assert!(taken(&mut parser).is_empty() && parser.pending.is_empty());
    }
}

#[test]
fn an_answer_in_pieces_is_no_key_and_one_that_was_pressed_is() {
    for answer in [
        "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
        "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
        "\x1bP1$r0m\x1b\\",
        "\x1b_Gi=31;OK\x1b\\",
        "\x1b^note\x1b\\",
        "\x1bXnote\x1b\\",
    ] {
        // Behind the first byte it is not known yet what it is.
        for cut in 2..answer.len() {
            let mut parser = Parser::default();
            parser.feed(&answer.as_bytes()[..cut]);
            assert_eq!((parser.take(), parser.patience()), (None, Some(REST_OF_SEQUENCE)));
            parser.feed(&answer.as_bytes()[cut..]);
            assert_eq!((taken(&mut parser), parser.patience()), (vec![], None), "{answer:?} {cut}");
            // Its end was lost.
            if cut > 2 {
                parser.feed(&answer.as_bytes()[..cut]);
                parser.give_up();
                assert_eq!(taken(&mut parser), [], "{answer:?} {cut}");
            }
        }
    }
    // Pressed with Alt, alone or before another key.
    for (letter, next) in [(']', 'a'), ('P', 'a'), ('_', '\r'), ('^', '\x7f'), ('X', '\x03')] {
        let modifiers = KeyModifiers::ALT | shift(letter as u8);
        let pressed = key(Code::Char(letter), modifiers);
        assert_eq!(all(format!("\x1b{letter}").as_bytes()), std::slice::from_ref(&pressed));
        let two = [vec![pressed], all(next.to_string().as_bytes())].concat();
        assert_eq!(all(format!("\x1b{letter}{next}").as_bytes()), two);
    }
    // What breaks one off is a key.
    let ctrl_c = key(Code::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(all(b"\x1b]11;rgb\x03"), [ctrl_c]);
    assert_eq!(all(b"\x1b]11;rgb\x1b[A"), [plain(Code::Up)]);
}

#[test]
fn the_rest_of_a_sequence_is_waited_for() {
    let mut parser = Parser::default();
    for (bytes, patience) in [
        (&b"\x1b"[..], Some(LONE_ESC)),
        (b"[1", Some(REST_OF_SEQUENCE)),
        (b";5C\xc3", Some(REST_OF_CHARACTER)),
        (b"\xb1", None),
    ] {
        parser.feed(bytes);
        assert_eq!(parser.patience(), patience);
    }
    assert_eq!(parser.take(), Some(key(Code::Right, KeyModifiers::CONTROL)));
    assert_eq!(parser.take(), Some(plain(Code::Char('ñ'))));
}

#[test]
fn a_terminal_without_utf_8_can_be_typed_at() {
    assert_eq!(all(b"a\xf1o"), "año".chars().map(|c| plain(Code::Char(c))).collect::<Vec<_>>());
    assert_eq!(all(b"a\xf1"), [plain(Code::Char('a')), plain(Code::Char('ñ'))]);
}

proptest! {
    #[test]
    fn it_does_not_matter_how_bytes_are_cut(
        bytes in proptest::collection::vec(prop_oneof![
            Just(ESC), Just(b'['), Just(b'~'), Just(b'2'), Just(b';'), Just(b']'), Just(b'P'),
            Just(b'_'), Just(b'\\'), Just(0x07), any::<u8>()
        ], 0..60),
        cut in 0_usize..60,
    ) {
        let cut = cut.min(bytes.len());
        let mut parser = Parser::default();
        parser.feed(&bytes[..cut]);
        parser.feed(&bytes[cut..]);
        parser.give_up();
        let parts: Vec<Sent> = std::iter::from_fn(|| parser.take()).collect();
        prop_assert_eq!(parts, all(&bytes));
    }

    #[test]
    fn text_is_its_characters(text in "[^\\x00-\\x1f\\x7f]{0,40}") {
        let typed: String = all(text.as_bytes()).iter().filter_map(|sent| match sent {
            Sent::Event(RawEvent::Key(KeyEvent { code: Code::Char(c), .. })) => Some(*c),
            _ => None,
        }).collect();
        // These bytes begin no text in any charset.
        prop_assert_eq!(typed, text);
    }
}
