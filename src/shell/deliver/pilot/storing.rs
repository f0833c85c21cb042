//! The record, read and stored: the one thing drivers and people share.

use super::super::shore::{Loaded, Saved, Shore};
use super::{Left, Pilot};

/// Attempts to store the record against others who store requests.
const TRIES: usize = 4;

impl<S: Shore> Pilot<S> {
    /// Reads what is stored: who drives, and what others asked for.
    pub(super) async fn read_the_record(&mut self) -> Option<Left> {
        match self.shore.load(&self.version).await {
            Ok(Some(loaded)) => {
                let left = self.take(loaded).err();
                self.unproven &= left.is_some();
                left
            }
            Ok(None) => Some(Left::Gone),
            Err(fault) => {
                self.record.run.progress = format!("cannot read the record: {fault}");
                None
            }
        }
    }

    fn take(&mut self, loaded: Loaded) -> Result<(), Left> {
        let Some(news) = loaded.news else { return Ok(()) };
        if loaded.uid != self.owner {
            return Err(Left::Gone);
        }
        let theirs = news.map_err(|fault| Left::Broken(fault.to_string()))?;
        if !theirs.is_driven_by(&self.me) {
            return Err(Left::Replaced { by: theirs.driver.identity });
        }
        // Others only ever append requests; the rest is ours.
        for asked in &theirs.requests {
            if !self.record.requests.iter().any(|known| known.id == asked.id) {
                self.record.requests.push(asked.clone());
                self.late = true;
            }
        }
        self.version = loaded.version;
        self.stored = theirs;
        Ok(())
    }

    /// Stores the record against whatever version is there, as long as it
    /// names us. What cannot be stored now is stored in the next turn.
    pub(super) async fn save(&mut self) -> Result<(), Left> {
        for _ in 0..TRIES {
            match self.shore.save(&self.version, &self.record).await {
                Saved::Done(version) => {
                    self.version = version;
                    self.stored = self.record.clone();
                    return Ok(());
                }
                Saved::Moved(_) => {
                    let Ok(loaded) = self.shore.load(&self.version).await else { return Ok(()) };
                    self.take(loaded.ok_or(Left::Gone)?)?;
                }
                Saved::Failed(fault) => {
                    tracing::warn!(operation = %self.record.id, "cannot store the record: {fault}");
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    pub(super) async fn hand_over(&mut self) -> Left {
        let now = self.shore.now();
        self.record.hand_over(now);
        if let Err(left) = self.save().await {
            return left;
        }
        let _given_up = self.shore.beat("", self.shore.lease(self.me.mode), now.wall).await;
        Left::HandedOver
    }
}
