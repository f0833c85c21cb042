//! What a style is for.

macro_rules! roles {
    ($($variant:ident $name:literal $fallback:ident $doc:literal;)*) => {
        /// A meaning that has a style.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role {
            $(#[doc = $doc] $variant,)*
        }

        impl Role {
            /// Every role with its name in theme files and the role it falls back to.
            pub const ALL: &[(Role, &str, Role)] = &[$((Role::$variant, $name, Role::$fallback),)*];
        }
    };
}

// variant  name in files  falls back to  meaning
roles! {
    Text "text" Text "Ordinary text on the ordinary background.";
    Dim "dim" Text "Less important text.";
    Strong "strong" Text "Names and numbers to be found quickly.";
    Heading "heading" Dim "Column titles.";
    Title "title" Strong "Titles of panels and dialogs.";
    Border "border" Dim "Lines between things.";
    BorderFocus "border.focus" Title "Lines around what has the keys.";
    BorderProd "border.production" BorderFocus "The frame in a production context.";
    Header "header" Text "The line at the top.";
    Product "header.product" Title "The name of the program.";
    Key "key" Strong "Keys in the footer.";
    KeyWord "key.word" Dim "What a key does.";
    Button "button" Key "A button that works.";
    Disabled "disabled" Dim "What cannot be used now.";
    Selected "selected" Strong "The selected line, where the keys go.";
    SelectedDim "selected.dim" Text "The selected line of a panel without the keys.";
    Cursor "cursor" Title "The bar beside the selected line.";
    Marked "marked" Warn "Marks.";
    Match "match" Warn "The part of a text that matches.";
    Good "good" Text "Fine.";
    Moving "moving" Text "On its way.";
    Paused "paused" Warn "Stopped by a person.";
    Warn "warn" Strong "Look at it.";
    Bad "bad" Warn "Broken.";
    Unknown "unknown" Warn "Not known.";
    Idle "idle" Dim "Nothing asked for.";
    Added "added" Good "New in a diff.";
    Removed "removed" Bad "Gone in a diff.";
    Input "input" Strong "Text being typed.";
    Dialog "dialog" Text "Background and text of dialogs.";
    BadgeReadOnly "badge.readonly" Strong "READ-ONLY.";
    BadgeWrite "badge.write" Warn "The write countdown.";
    BadgeProd "badge.production" Bad "PROD.";
    BadgeDemo "badge.demo" Moving "DEMO.";
}

impl Role {
    /// The role called `name` in theme files.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n, _)| *n == name).map(|(role, _, _)| *role)
    }
}
