//! How one entity stands to another.

use serde::Serialize;

/// How one entity stands to another. Each has its mirror on the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Relation {
    /// Belongs to a group or user.
    OwnedBy,
    /// The group owns it.
    OwnerOf,
    /// Is inside a system, domain or component.
    PartOf,
    /// Has it inside.
    HasPart,
    /// Offers an API.
    Provides,
    /// The API is offered by it.
    ProvidedBy,
    /// Uses an API.
    Consumes,
    /// The API is used by it.
    ConsumedBy,
    /// Cannot work without it.
    DependsOn,
    /// The other cannot work without this.
    DependencyOf,
    /// Is below a group.
    ChildOf,
    /// Is above a group.
    ParentOf,
    /// Has a person in it.
    HasMember,
    /// Is a person in it.
    MemberOf,
}

const MIRRORS: [(Relation, Relation); 7] = [
    (Relation::OwnedBy, Relation::OwnerOf),
    (Relation::PartOf, Relation::HasPart),
    (Relation::Provides, Relation::ProvidedBy),
    (Relation::Consumes, Relation::ConsumedBy),
    (Relation::DependsOn, Relation::DependencyOf),
    (Relation::ChildOf, Relation::ParentOf),
    (Relation::HasMember, Relation::MemberOf),
];

impl Relation {
    /// The same relation seen from the other end.
    #[must_use]
    pub fn mirror(self) -> Self {
        let pair = MIRRORS.iter().find(|(a, b)| *a == self || *b == self);
        pair.map_or(self, |(a, b)| if *a == self { *b } else { *a })
    }

    /// In words: `depends on`.
    pub fn words(self) -> &'static str {
        match self {
            Self::OwnedBy => "owned by",
            Self::OwnerOf => "owner of",
            Self::PartOf => "part of",
            Self::HasPart => "has part",
            Self::Provides => "provides API",
            Self::ProvidedBy => "API provided by",
            Self::Consumes => "consumes API",
            Self::ConsumedBy => "API consumed by",
            Self::DependsOn => "depends on",
            Self::DependencyOf => "dependency of",
            Self::ChildOf => "child of",
            Self::ParentOf => "parent of",
            Self::HasMember => "has member",
            Self::MemberOf => "member of",
        }
    }
}
