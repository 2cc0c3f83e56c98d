//! The picker without a terminal: what is shown after keys, in windows of several sizes.

use std::fmt::Write as _;

use super::Choice;
use super::model::Action;
use super::model::Key;
use super::model::Model;
use super::text::Style;

fn choices(names: &[(&str, &str)]) -> Vec<Choice> {
    let choice = |(name, note): &(&str, &str)| Choice {
        name: (*name).to_owned(),
        note: (*note).to_owned(),
    };
    names.iter().map(choice).collect()
}

/// The frame as text: `[…]` is typed, `|` the cursor.
fn shown(model: &mut Model<'_>, rows: usize, columns: usize, preview: &[&str]) -> String {
    let preview: Vec<String> = preview.iter().map(|&line| line.to_owned()).collect();
    let frame = model.frame(rows, columns, &preview);
    assert!(frame.lines.len() < rows.max(2), "{frame:?}");
    let mut text = String::new();
    for line in &frame.lines {
        assert!(line.width() < columns.max(1), "{line:?}");
        for (style, piece) in &line.pieces {
            match style {
                Style::Typed | Style::TypedHighlighted => write!(text, "[{piece}]").unwrap(),
                _ => text.push_str(piece),
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    writeln!(text, "cursor {}", frame.cursor).unwrap();
    text
}

fn type_in(model: &mut Model<'_>, text: &str) {
    for letter in text.chars() {
        assert_eq!(model.press(Key::Letter(letter)), Action::Draw);
    }
}

#[test]
fn typing_filters_and_enter_chooses() {
    let list = choices(&[
        ("dev", "10.0.0.5 as admin"),
        ("prod-eu", "prod.example.com as me"),
        ("prod-us", "us.example.com as me"),
        ("staging", ""),
    ]);
    let mut model = Model::new("context", &list, "");
    insta::assert_snapshot!(shown(&mut model, 24, 80, &["server  https://10.0.0.5:16443", "user    admin"]), @r#"
    context>   4/4
    > dev                   10.0.0.5 as admin
      prod-eu               prod.example.com as me
      prod-us               us.example.com as me
      staging
      ────────────────────────────────────────────────────────────
      server  https://10.0.0.5:16443
      user    admin
    cursor 9
    "#);
    type_in(&mut model, "pro us");
    insta::assert_snapshot!(shown(&mut model, 24, 80, &[]), @r#"
    context> pro us  1/4
    > [pro]d-[us]               us.example.com as me
    cursor 15
    "#);
    assert_eq!(model.press(Key::Enter), Action::Choose(2));
    // A note counts where the name does not fit.
    model.press(Key::Clear);
    type_in(&mut model, "10.0");
    assert_eq!(model.current(), Some(0));
    type_in(&mut model, "x");
    insta::assert_snapshot!(shown(&mut model, 24, 80, &[]), @r#"
    context> 10.0x  0/4
      nothing fits
    cursor 14
    "#);
    assert_eq!(model.press(Key::Enter), Action::Draw);
    model.press(Key::Backspace);
    assert_eq!(model.press(Key::Enter), Action::Choose(0));
    assert_eq!(model.press(Key::Leave), Action::Leave);
}

#[test]
fn a_narrow_window_cuts_and_a_low_one_scrolls() {
    let names: Vec<String> = (0..30)
        .map(|number| format!("arn:aws:eks:eu-central-1:12345678901{number}:cluster/team"))
        .collect();
    let list: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "note of it"))
        .collect();
    let list = choices(&list);
    let mut model = Model::new("context", &list, "");
    insta::assert_snapshot!(shown(&mut model, 6, 40, &["not shown"]), @r#"
    context>   30/30
    > arn:aws:eks:…23456789010:cluster/team
      arn:aws:eks:…23456789011:cluster/team
      arn:aws:eks:…23456789012:cluster/team
      arn:aws:eks:…23456789013:cluster/team
    cursor 9
    "#);
    for _ in 0..5 {
        model.press(Key::Down);
    }
    insta::assert_snapshot!(shown(&mut model, 6, 40, &[]), @r#"
    context>   30/30
      arn:aws:eks:…23456789012:cluster/team
      arn:aws:eks:…23456789013:cluster/team
      arn:aws:eks:…23456789014:cluster/team
    > arn:aws:eks:…23456789015:cluster/team
    cursor 9
    "#);
    model.press(Key::PageUp);
    model.press(Key::Last);
    assert_eq!(model.current(), Some(29));
    model.press(Key::PageDown);
    model.press(Key::Down);
    assert_eq!(model.current(), Some(29));
    model.press(Key::First);
    model.press(Key::Up);
    assert_eq!(model.current(), Some(0));
    // Windows in which nothing fits are no reason to fail.
    for (rows, columns) in [(0, 0), (1, 1), (2, 3), (3, 200)] {
        shown(&mut model, rows, columns, &["preview"]);
    }
}

#[test]
#[expect(clippy::unicode_not_nfc, reason = "combining characters are the point")]
fn foreign_names_are_shown_and_do_nothing() {
    let list = choices(&[
        ("$(touch owned)", ""),
        ("\u{1b}[2J", "\u{1b}]0;title\u{7}"),
        ("東京-クラスタ", "日本"),
        ("👩‍🚀 rocket", ""),
        ("e\u{301}t\u{e9}", ""),
        ("right\u{202e}to left", ""),
    ]);
    let mut model = Model::new("context", &list, "");
    insta::assert_snapshot!(shown(&mut model, 24, 64, &["\u{1b}[31m"]), @r#"
    context>   6/6
    > $(touch owned)
      \x1b[2J               \x1b]0;title\x07
      東京-クラスタ         日本
      👩\u{200d}🚀 rocket
      été
      right\u{202e}to left
      ────────────────────────────────────────────────────────────
      \x1b[31m
    cursor 9
    "#);
    type_in(&mut model, "クラ");
    insta::assert_snapshot!(shown(&mut model, 24, 60, &[]), @r#"
    context> クラ  1/6
    > 東京-[クラ]スタ
    cursor 13
    "#);
    assert_eq!(model.press(Key::Enter), Action::Choose(2));
    // Keys that are no letters do not get into the query.
    type_in(&mut model, "\u{1b}\u{7}");
    assert_eq!(model.press(Key::Enter), Action::Choose(2));
}

#[test]
fn a_query_is_edited_and_bounded() {
    let list = choices(&[("alpha beta", ""), ("beta", "")]);
    let mut model = Model::new("context", &list, "beta");
    assert_eq!(model.current(), Some(1));
    type_in(&mut model, " al");
    assert_eq!(model.current(), Some(0));
    model.press(Key::DeleteWord);
    assert_eq!(model.query, "beta ");
    model.press(Key::DeleteWord);
    model.press(Key::Backspace);
    assert_eq!((model.query.as_str(), model.fitting.len()), ("", 2));
    type_in(&mut model, &"é".repeat(1000));
    assert!(model.query.len() <= 200);
    insta::assert_snapshot!(shown(&mut model, 24, 30, &[]), @r#"
    context> éééééééééééééééééééé
      nothing fits
    cursor 29
    "#);
    let none = choices(&[]);
    insta::assert_snapshot!(shown(&mut Model::new("context", &none, ""), 24, 60, &[]), @r#"
    context>   0/0
      there is nothing to choose from
    cursor 9
    "#);
}
