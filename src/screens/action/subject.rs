//! What an action is about: which verb, and what is still to be chosen.

use super::deploy::Deploy;
use crate::domain::{ReplicaSet, Verb, Workload};
use crate::ui::TextInput;
use std::sync::Arc;

/// The revisions a rollback may choose from.
#[derive(Debug)]
pub struct Picker {
    /// What runs, or is to run, now.
    pub current: Arc<Workload>,
    /// Kept revisions, newest first, as they were when the dialog opened.
    pub revisions: Vec<Arc<ReplicaSet>>,
    /// Which one is chosen.
    pub at: usize,
}

impl Picker {
    /// A picker standing on the newest revision that differs from what is asked for.
    pub fn new(current: Arc<Workload>, revisions: Vec<Arc<ReplicaSet>>) -> Self {
        let other = revisions.iter().position(|set| set.template.digest != current.template.digest);
        Self { at: other.unwrap_or(0), current, revisions }
    }

    /// The chosen revision.
    pub fn chosen(&self) -> Option<&Arc<ReplicaSet>> {
        self.revisions.get(self.at)
    }

    /// Whether this revision is what is asked for already.
    pub fn is_current(&self, set: &ReplicaSet) -> bool {
        set.template.digest == self.current.template.digest
    }
}

/// What is asked.
#[derive(Debug)]
pub enum Subject {
    /// Bring a revision back.
    Rollback(Picker),
    /// Another number of pods.
    Scale {
        /// As typed.
        input: TextInput,
        /// The number now.
        from: u32,
    },
    /// Another image for a container.
    Image(Images),
    /// A new version, delivered by the engine.
    Deploy(Deploy),
    /// Nothing to choose.
    Fixed(Verb),
}

/// The containers whose image may be changed.
#[derive(Debug)]
pub struct Images {
    /// Name and image of each, as they were when the dialog opened.
    pub containers: Vec<(String, String)>,
    /// Which one is chosen.
    pub at: usize,
    /// The image as typed.
    pub input: TextInput,
}

impl Images {
    /// The containers of `workload`, standing on the first that serves, with
    /// its image to be edited.
    pub fn new(workload: &Workload) -> Self {
        let all = &workload.template.containers;
        let containers = all.iter().map(|c| (c.name.clone(), c.image.clone())).collect();
        let mut images = Self { containers, at: 0, input: TextInput::default() };
        images.choose(all.iter().position(|c| !c.init).unwrap_or(0));
        images
    }

    /// Goes to another container: its image stands in the field.
    pub fn choose(&mut self, at: usize) {
        self.at = at;
        self.input = self.containers.get(at).map(|(_, image)| TextInput::with(image)).unwrap_or_default();
    }

    fn verb(&self) -> Result<Verb, String> {
        let Some((container, old)) = self.containers.get(self.at) else {
            return Err("There is no container.".to_owned());
        };
        let image = self.input.text().trim().to_owned();
        match image.as_str() {
            "" => Err("Type the image, then enter.".to_owned()),
            same if same == old => Err("This is the image now. Type another one, then enter.".to_owned()),
            _ => Ok(Verb::SetImage { container: container.clone(), image }),
        }
    }
}

impl Subject {
    /// Whether it can be worked out as it is.
    ///
    /// # Errors
    /// What is missing, as a sentence.
    pub fn is_whole(&self) -> Result<(), String> {
        match self {
            Self::Deploy(deploy) => deploy.version().and(deploy.glass()).map(|_| ()),
            Self::Rollback(_) | Self::Scale { .. } | Self::Image(_) | Self::Fixed(_) => {
                self.verb().map(|_| ())
            }
        }
    }

    /// The verb, or what is missing for one.
    pub fn verb(&self) -> Result<Verb, String> {
        match self {
            Self::Fixed(verb) => Ok(verb.clone()),
            Self::Deploy(_) => Err("A delivery is more than one write.".to_owned()),
            Self::Image(images) => images.verb(),
            Self::Rollback(picker) => {
                let Some(set) = picker.chosen() else {
                    return Err("No revision is kept: there is nothing to roll back to.".to_owned());
                };
                if picker.is_current(set) {
                    return Err("This is what runs now. Choose another revision.".to_owned());
                }
                let number = set.revision.ok_or("The controller has not numbered this revision yet.")?;
                Ok(Verb::Rollback { to: number })
            }
            Self::Scale { input, from } => {
                let text = input.text();
                let text = text.trim();
                if text.is_empty() {
                    return Err(format!("{from} replicas now. Type how many there should be, then enter."));
                }
                match text.parse::<u32>() {
                    Ok(to) if to == *from => Err(format!("{from} replicas are asked for already.")),
                    Ok(to) if to > 10_000 => {
                        Err(format!("'{to}' is more than 10000 replicas: surely a slip."))
                    }
                    Ok(to) => Ok(Verb::Scale { to }),
                    Err(_not_a_number) => Err(format!("'{text}' is not a number of replicas.")),
                }
            }
        }
    }

    /// `Roll back`, for the title.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Deploy(_) => "Deploy",
            Self::Rollback(_) | Self::Fixed(Verb::Rollback { .. }) => "Roll back",
            Self::Scale { .. } | Self::Fixed(Verb::Scale { .. }) => "Scale",
            Self::Fixed(Verb::Restart) => "Restart",
            Self::Fixed(Verb::Pause) => "Pause",
            Self::Fixed(Verb::Resume) => "Resume",
            Self::Image(_) | Self::Fixed(Verb::SetImage { .. }) => "Set image of",
            Self::Fixed(Verb::Delete) => "Delete",
            Self::Fixed(Verb::Evict) => "Evict",
            Self::Fixed(Verb::RunNow { .. }) => "Run now:",
            Self::Fixed(Verb::Lock { .. }) => "Lock",
            Self::Fixed(Verb::Unlock { .. }) => "Unlock",
            Self::Fixed(Verb::Edit { .. }) => "Edit",
        }
    }
}
