//! Whether somebody is being called for the service right now: a release in the
//! middle of that hides what is wrong, or makes it worse. What mends it names
//! the incident; going back is never held up, here as everywhere. In staging and
//! development it is only told: nobody is served badly, and the release may be
//! the next try at what fails.

use super::preflight::Doubt;
use crate::domain::{Alarms, Alert, Check, CheckOutcome, ServiceKey};

const NAME: &str = "alerts";
/// Alerts named at most.
const MOST: usize = 3;

/// The check of a release of `service`; none where no monitoring was asked.
pub fn alarm_check(alarms: &Alarms, service: &ServiceKey, doubt: &Doubt) -> Option<Check> {
    let source = if alarms.sources.is_empty() { "monitoring".to_owned() } else { alarms.sources.join(", ") };
    if alarms.at.is_none() {
        let check = Check::new(NAME, CheckOutcome::Unknown, alarms.warnings.first()?.as_str(), &source);
        return Some(check.remedy("qd alerts says what does not answer"));
    }
    let calls: Vec<&Alert> = alarms.of(service).filter(|alert| alert.pages()).collect();
    if calls.is_empty() {
        return Some(Check::new(NAME, CheckOutcome::Pass, "none that calls somebody fires for it", &source));
    }
    let mut names: Vec<String> = calls.iter().take(MOST).map(|alert| alert.name().to_owned()).collect();
    if calls.len() > MOST {
        names.push(format!("{} more", calls.len() - MOST));
    }
    let text = format!("somebody is called for it now: {}", names.join(", "));
    if !doubt.users {
        return Some(Check::new(NAME, CheckOutcome::Warn, text, &source).remedy("qd alerts has the details"));
    }
    let check = Check::new(NAME, CheckOutcome::Fail, text, &source)
        .remedy("roll back if this began with a release; what mends it: --break-glass INCIDENT --reason …");
    Some(doubt.linked(check))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AlertState, Environment, Guardrails};
    use crate::engine::gates::Glass;
    use jiff::Timestamp;
    use std::collections::BTreeMap;

    fn alert(name: &str, severity: &str, state: AlertState) -> Alert {
        let labels =
            [("alertname", name), ("severity", severity), ("namespace", "shop"), ("service", "cart")];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Alert::new(&labels, &BTreeMap::new(), state, None)
    }

    fn check(alerts: Vec<Alert>, environment: Environment, glass: Option<&Glass>) -> Option<CheckOutcome> {
        let alarms = Alarms { alerts, at: Some(Timestamp::UNIX_EPOCH), ..Alarms::default() };
        let rails = Guardrails::default();
        let doubt = Doubt::of(environment, Some(1), &rails, glass, "it burns");
        let cart = ServiceKey { namespace: "shop".into(), name: "cart".into() };
        let check = alarm_check(&alarms, &cart, &doubt)?;
        let named = alarms.alerts.iter().filter(|alert| alert.pages());
        assert!(named.map(Alert::name).all(|name| check.observed.contains(name)), "{check:?}");
        Some(check.outcome)
    }

    #[test]
    fn what_calls_somebody_is_in_the_way_unless_an_incident_is_named() {
        use CheckOutcome::{Fail, Pass, Warn};
        use Environment::{Development, Production, Staging, Undeclared};
        let calls = || vec![alert("CartDown", "critical", AlertState::Firing)];
        for (environment, outcome) in
            [(Production, Fail), (Undeclared, Fail), (Staging, Warn), (Development, Warn)]
        {
            assert_eq!(check(calls(), environment, None), Some(outcome), "{environment:?}");
        }
        let incident = Glass::new("INC-7").unwrap();
        assert_eq!(check(calls(), Production, Some(&incident)), Some(Warn));
        for quiet in [("warning", AlertState::Firing), ("critical", AlertState::Silenced)] {
            let alerts = vec![alert("CartSlow", quiet.0, quiet.1)];
            assert_eq!(check(alerts, Production, None), Some(Pass), "{quiet:?}");
        }
    }

    #[test]
    fn monitoring_that_does_not_answer_is_unknown_and_none_is_nothing() {
        let doubt = Doubt::of(Environment::Staging, None, &Guardrails::default(), None, "");
        let cart = ServiceKey { namespace: "shop".into(), name: "cart".into() };
        assert_eq!(alarm_check(&Alarms::default(), &cart, &doubt), None);
        let dead = Alarms { warnings: vec!["alertmanager: no answer".to_owned()], ..Alarms::default() };
        assert_eq!(alarm_check(&dead, &cart, &doubt).unwrap().outcome, CheckOutcome::Unknown);
    }
}
