//! What a person may ask of an operation under way.

use crate::command::Command;
use crate::engine::canary::Request;

/// Something asked for, before it is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Go on to the next step.
    Promote,
    /// Skip the steps that are left.
    PromoteFull,
    /// Hold, or let it go on if it is held.
    Hold,
    /// Back to stable.
    Abort,
    /// Drive it from here.
    Adopt,
}

/// Each with its command and its word; Hold's is another where it is held.
const WISHES: [(Wish, Command, &str); 5] = [
    (Wish::Promote, Command::Promote, "Promote"),
    (Wish::PromoteFull, Command::PromoteFull, "Promote full"),
    (Wish::Hold, Command::Hold, "Hold"),
    (Wish::Abort, Command::Abort, "Abort"),
    (Wish::Adopt, Command::Adopt, "Adopt"),
];

impl Wish {
    /// In the order of the buttons.
    pub fn all() -> impl Iterator<Item = Self> {
        WISHES.iter().map(|(wish, ..)| *wish)
    }

    /// The wish of a command, if it is one.
    pub fn of(command: Command) -> Option<Self> {
        WISHES.iter().find(|(_, c, _)| *c == command).map(|(wish, ..)| *wish)
    }

    /// The command whose key asks for it.
    pub fn command(self) -> Command {
        WISHES.iter().find(|(wish, ..)| *wish == self).map_or(Command::Hold, |(_, command, _)| *command)
    }

    /// The word on its button.
    pub fn word(self, held: bool) -> &'static str {
        if self == Self::Hold && held {
            return "Resume";
        }
        WISHES.iter().find(|(wish, ..)| *wish == self).map_or("", |(.., word)| word)
    }

    /// Whether the new version gets more traffic by it.
    pub fn promotes(self) -> bool {
        matches!(self, Self::Promote | Self::PromoteFull)
    }

    /// What the engine is asked; none for taking over, which needs no answer.
    pub fn request(self, held: bool) -> Option<Request> {
        match self {
            Self::Promote => Some(Request::Promote),
            Self::PromoteFull => Some(Request::PromoteFull),
            Self::Hold if held => Some(Request::Resume),
            Self::Hold => Some(Request::Hold),
            Self::Abort => Some(Request::Abort),
            Self::Adopt => None,
        }
    }
}
