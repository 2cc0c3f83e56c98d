//! A list to choose from in the terminal: type to filter, arrows to move, Enter to choose.
//!
//! It draws below the prompt on standard error and leaves nothing there. Keys come from the terminal, also where
//! standard input is something else.

mod keys;
pub(crate) mod model;
mod score;
mod screen;
#[cfg(test)]
mod tests;
mod text;
mod view;

use std::collections::HashMap;

use self::keys::Event;
use self::model::Action;
use self::model::Model;
use self::screen::Screen;

/// One entry of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What is chosen; may hold anything.
    pub(crate) name: String,
    /// Something about it; may be empty.
    pub(crate) note: String,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picked {
    /// With this entry.
    Chosen(usize),
    /// With Escape or ctrl-C.
    Cancelled,
}

/// Why nothing can be picked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PickError {
    /// Standard error is no terminal, or one that cannot be drawn on.
    #[error("there is no terminal to choose in")]
    NoTerminal,
    /// The terminal does not work.
    #[error("the terminal: {0}")]
    Terminal(#[from] std::io::Error),
}

/// Lets the user choose. `preview` tells more about the highlighted entry, from what is at hand: it is asked only
/// while no key waits.
///
/// # Errors
/// [`PickError::NoTerminal`] where the caller has to list the names instead.
pub(crate) fn pick(
    title: &str,
    choices: &[Choice],
    query: &str,
    preview: &dyn Fn(usize) -> Vec<String>,
) -> Result<Picked, PickError> {
    let mut screen = Screen::open()?;
    let mut model = Model::new(title, choices, query);
    let mut previews: HashMap<usize, Vec<String>> = HashMap::new();
    let mut waiting = None;
    loop {
        let current = model.current();
        let known = current.and_then(|index| previews.get(&index));
        screen.draw(&mut model, known.map_or(&[], Vec::as_slice))?;
        if let (Some(index), None) = (current, known) {
            waiting = screen.waiting()?;
            if waiting.is_none() {
                previews.insert(index, preview(index));
                continue;
            }
        }
        let mut event = match waiting.take() {
            Some(event) => event,
            None => screen.next()?,
        };
        // Several keys at once (a paste, a slow line) are one frame.
        loop {
            match event {
                Event::Key(key) => match model.press(key) {
                    Action::Draw => {}
                    Action::Choose(index) => return Ok(Picked::Chosen(index)),
                    Action::Leave => return Ok(Picked::Cancelled),
                },
                Event::Resized => screen.measure()?,
                Event::Ended => return Ok(Picked::Cancelled),
                Event::Other => {}
            }
            match screen.waiting()? {
                Some(next) => event = next,
                None => break,
            }
        }
    }
}
