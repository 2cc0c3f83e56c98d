//! The keys of a terminal.

use std::io;
use std::time::Duration;

use crossterm::event;
use crossterm::event::KeyCode;
use crossterm::event::KeyEvent;
use crossterm::event::KeyEventKind;
use crossterm::event::KeyModifiers;

use super::model::Key;

/// What the terminal tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Key(Key),
    /// The window has another size.
    Resized,
    /// A signal asks to end.
    Ended,
    /// Nothing that matters here.
    Other,
}

/// Takes what waits, if anything does.
pub(super) fn take() -> io::Result<Option<Event>> {
    match event::poll(Duration::ZERO) {
        Ok(false) => return Ok(None),
        // A signal, which the caller looks for.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
        Ok(true) => {}
        Err(error) => return Err(error),
    }
    Ok(Some(match event::read()? {
        event::Event::Key(key) => of_key(key).map_or(Event::Other, Event::Key),
        event::Event::Resize(..) => Event::Resized,
        _ => Event::Other,
    }))
}

fn of_key(key: KeyEvent) -> Option<Key> {
    // Windows tells of released keys too.
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    // AltGr is both to Windows: what it types is a letter.
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(match key.code {
        KeyCode::Char(letter) if control && !alt => match letter.to_ascii_lowercase() {
            'c' | 'd' | 'g' => Key::Leave,
            'p' | 'k' => Key::Up,
            'n' | 'j' => Key::Down,
            'u' => Key::Clear,
            'w' => Key::DeleteWord,
            'h' => Key::Backspace,
            'a' => Key::First,
            'e' => Key::Last,
            'm' => Key::Enter,
            _ => return None,
        },
        KeyCode::Char(letter) => Key::Letter(letter),
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Up | KeyCode::BackTab => Key::Up,
        KeyCode::Down | KeyCode::Tab => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::First,
        KeyCode::End => Key::Last,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Leave,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;
    use crossterm::event::KeyEvent;
    use crossterm::event::KeyModifiers;

    use super::Key;
    use super::of_key;

    #[test]
    fn keys_mean_what_they_mean_in_a_shell() {
        let press = |code, modifiers| of_key(KeyEvent::new(code, modifiers));
        let control = |letter| press(KeyCode::Char(letter), KeyModifiers::CONTROL);
        assert_eq!(control('c'), Some(Key::Leave));
        assert_eq!(control('n'), Some(Key::Down));
        assert_eq!(control('u'), Some(Key::Clear));
        assert_eq!(control('x'), None);
        let both = KeyModifiers::CONTROL | KeyModifiers::ALT;
        assert_eq!(press(KeyCode::Char('@'), both), Some(Key::Letter('@')));
        assert_eq!(press(KeyCode::F(1), KeyModifiers::NONE), None);
    }
}
