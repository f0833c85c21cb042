//! Silencing alerts: what is asked, and the gate for it.
//!
//! A silence changes no object of the cluster, and hides what would wake
//! somebody. So it passes a gate like every mutation: writing is on here, it
//! rests on fresh data, it is confirmed and has a reason, and the permit is
//! good for this one request only.

use super::digest::sha256_of;
use super::gate::{Here, Permit, Refusal, confirmed};
use super::{
    Actor, Alert, AuditEntry, AuditKind, ClusterUrl, Confirmation, ContextName, Environment, Matcher,
    OperationId, Plan, Silence, matchers_text,
};
use jiff::Timestamp;
use serde::Serialize;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verb")]
pub enum SilenceVerb {
    /// Keep alerts quiet.
    Silence {
        /// Those for which all of these hold.
        matchers: Vec<Matcher>,
        /// From when.
        starts: Timestamp,
        /// Until when.
        ends: Timestamp,
    },
    /// End a silence now: takes it back.
    Expire {
        /// Which.
        silence: Silence,
    },
}

/// A silence somebody asks for, frozen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SilenceOrder {
    /// Its name in the audit log.
    pub id: OperationId,
    /// In which context it was asked.
    pub context: ContextName,
    /// The server of that context.
    pub cluster: ClusterUrl,
    /// What.
    pub verb: SilenceVerb,
    /// Why; Alertmanager demands it.
    pub reason: String,
    /// Who.
    pub actor: Actor,
    /// Alerts that fire or will, and are kept quiet; or are heard again.
    pub alerts: Vec<Alert>,
    /// What must be answered.
    pub confirmation: Confirmation,
    /// When the alerts were read.
    pub read_at: Timestamp,
}

/// Longest silence: longer ones hide what nobody remembers.
const LONGEST_S: i64 = 30 * 86_400;

impl SilenceOrder {
    /// `silence severity="page" until 14:00Z` for logs and prompts.
    pub fn phrase(&self) -> String {
        match &self.verb {
            SilenceVerb::Silence { matchers, ends, .. } => {
                format!("silence {} until {}", matchers_text(matchers), ends.strftime("%Y-%m-%d %H:%MZ"))
            }
            SilenceVerb::Expire { silence } => {
                format!("expire silence {} ({})", silence.id, matchers_text(&silence.matchers))
            }
        }
    }

    /// What must be answered: outside production one key; in production, or
    /// where somebody would have been woken, the word.
    pub fn confirmation(verb: &SilenceVerb, alerts: &[Alert], environment: Environment) -> Confirmation {
        let guarded = environment.has_users();
        match verb {
            SilenceVerb::Silence { matchers, .. } if guarded || alerts.iter().any(Alert::pages) => {
                let subject = alerts.iter().map(Alert::subject).find(|subject| !subject.is_empty());
                let first = matchers.first().map(|matcher| matcher.value.as_str());
                Confirmation::Type(subject.or(first).unwrap_or("silence").to_owned())
            }
            SilenceVerb::Silence { .. } | SilenceVerb::Expire { .. } => Confirmation::Key,
        }
    }

    /// SHA-256 over what is sent, so that a permit is good for nothing else.
    pub fn digest(&self) -> String {
        let sent = (&self.cluster, &self.verb, &self.reason);
        sha256_of(&sent)
    }

    /// A line of the audit log about it, not yet in the chain.
    pub fn line(&self, kind: AuditKind, at: Timestamp) -> AuditEntry {
        AuditEntry {
            operation: self.id.clone(),
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            reason: self.reason.clone(),
            digest: self.digest(),
            ..AuditEntry::new(&self.actor, kind, self.phrase(), at)
        }
    }
}

/// What the gate looks at.
#[derive(Debug)]
pub struct SilenceGate<'a> {
    /// What the person saw.
    pub order: &'a SilenceOrder,
    /// Where they answer.
    pub here: Here<'a>,
    /// What the person typed.
    pub answer: &'a str,
}

/// Decides whether a silence may be made or ended. The first reason is the one
/// shown, so the most fundamental comes first.
///
/// # Errors
/// Why not.
pub fn admit_silence(input: &SilenceGate<'_>) -> Result<Permit, Refusal> {
    let order = input.order;
    input.here.may_write(&order.context, &order.cluster)?;
    if let SilenceVerb::Silence { matchers, starts, ends } = &order.verb {
        check(matchers, *starts, *ends).map_err(Refusal::Silence)?;
    }
    if order.reason.trim().is_empty() {
        return Err(Refusal::NeedsReason);
    }
    let age = input.here.now.since(order.read_at);
    if age > Plan::MAX_AGE {
        return Err(Refusal::Stale(age));
    }
    confirmed(&order.confirmation, input.answer)?;
    Ok(Permit::new(order.id.clone(), order.digest()))
}

/// What Alertmanager would refuse, or nobody can mean.
fn check(matchers: &[Matcher], starts: Timestamp, ends: Timestamp) -> Result<(), String> {
    let seconds = ends.as_second() - starts.as_second();
    if seconds <= 0 {
        return Err("it would end before it begins".to_owned());
    }
    if seconds > LONGEST_S {
        return Err("longer than 30 days: nobody would remember it".to_owned());
    }
    let nothing = super::alert::LabelSet::new();
    if matchers.iter().all(|matcher| matcher.holds(&nothing)) {
        return Err("it would silence everything: no matcher asks for a label".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{AlertState, Now, WriteMode};
    use super::*;
    use std::time::Duration;

    fn order(matchers: Vec<Matcher>, seconds: i64) -> SilenceOrder {
        let at = |s| Timestamp::from_second(s).unwrap();
        let verb = SilenceVerb::Silence { matchers, starts: at(1_000), ends: at(1_000 + seconds) };
        let labels = [("service", "cart"), ("severity", "page")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let alerts = vec![Alert::new(&labels.into(), &[].into(), AlertState::Firing, None)];
        let confirmation = SilenceOrder::confirmation(&verb, &alerts, Environment::Development);
        SilenceOrder {
            id: "op-1".into(),
            context: "dev".into(),
            cluster: "http://x".into(),
            verb,
            reason: "known".to_owned(),
            actor: Actor::default(),
            alerts,
            confirmation,
            read_at: at(1_000),
        }
    }

    fn ask(order: &SilenceOrder, mode: &WriteMode, answer: &str, now: i64) -> Result<Permit, Refusal> {
        let (context, cluster) = ("dev".into(), "http://x".into());
        admit_silence(&SilenceGate {
            order,
            here: Here { mode, context: &context, cluster: &cluster, now: Now::at(now) },
            answer,
        })
    }

    #[test]
    fn the_gate_is_shut_unless_everything_is_right() {
        let cart = || vec![Matcher::equal("service", "cart")];
        let good = order(cart(), 7_200);
        let on = WriteMode::CommandLine;
        assert_eq!(good.confirmation, Confirmation::Type("cart".to_owned()), "it would have woken somebody");
        assert_eq!(ask(&good, &on, "cart", 1_005).unwrap().digest(), good.digest());
        let shut = |order: &SilenceOrder, mode: &WriteMode, answer: &str, now| {
            ask(order, mode, answer, now).unwrap_err()
        };
        assert_eq!(shut(&good, &WriteMode::ReadOnly, "cart", 1_005), Refusal::ReadOnly);
        assert!(matches!(shut(&good, &on, "y", 1_005), Refusal::NotConfirmed(_)));
        assert_eq!(shut(&good, &on, "cart", 1_031), Refusal::Stale(Duration::from_secs(31)));
        let unsaid = SilenceOrder { reason: " ".to_owned(), ..good.clone() };
        assert_eq!(shut(&unsaid, &on, "cart", 1_005), Refusal::NeedsReason);
        let elsewhere = SilenceOrder { cluster: "http://y".into(), ..good.clone() };
        assert!(matches!(shut(&elsewhere, &on, "cart", 1_005), Refusal::OtherCluster { .. }));
        for (wrong, word) in [
            (order(Vec::new(), 60), "everything"),
            (order(vec![Matcher::parse("a=~.*").unwrap()], 60), "everything"),
            (order(cart(), 0), "before it begins"),
            (order(cart(), LONGEST_S + 1), "30 days"),
        ] {
            let why = shut(&wrong, &on, "cart", 1_005);
            assert!(matches!(&why, Refusal::Silence(text) if text.contains(word)), "{why:?}");
        }
    }

    #[test]
    fn ending_a_silence_takes_one_key_and_any_change_another_permit() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let silence = Silence {
            id: "uuid".to_owned(),
            matchers: vec![Matcher::equal("service", "cart")],
            starts: Some(at(1)),
            ends: Some(at(2)),
            author: "ann".to_owned(),
            comment: "known".to_owned(),
            expired: false,
        };
        let verb = SilenceVerb::Expire { silence };
        assert_eq!(SilenceOrder::confirmation(&verb, &[], Environment::Production), Confirmation::Key);
        let first = order(vec![Matcher::equal("service", "cart")], 60);
        let other = SilenceOrder { verb, ..first.clone() };
        assert_ne!(first.digest(), other.digest());
        assert!(other.phrase().starts_with("expire silence uuid"), "{}", other.phrase());
    }
}
