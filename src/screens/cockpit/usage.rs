//! Saturation: what the pods use of what they may.

use crate::domain::{Pod, Room, Rooms, ServiceKey, Usage, Used, count_of};
use crate::screens::Ctx;
use crate::ui::{Brush, Role, bytes, clip_middle};
use ratatui::text::Line;
use std::sync::Arc;

/// Shares of a limit from which a number is marked: at 1 memory kills the
/// container, and CPU is held back.
const NEAR: f64 = 0.9;
const AT: f64 = 0.97;

/// Columns of a pod's name; its beginning and its end say which it is.
const NAME: usize = 21;

/// What a pod of the service asks for and may use: of the template of its main
/// workload.
pub(in crate::screens) fn rooms_of(key: &ServiceKey, ctx: &Ctx<'_>) -> Rooms {
    ctx.world.workloads_of(key).first().map(|workload| workload.template.rooms()).unwrap_or_default()
}

/// `80m`, `1.5 cores`
pub(in crate::screens) fn cores(value: f64) -> String {
    match value {
        v if v >= 0.9995 => format!("{v:.1} cores"),
        v if v >= 0.0095 => format!("{:.0}m", v * 1000.0),
        v => format!("{:.1}m", v * 1000.0),
    }
}

/// `120.5 MiB`
pub(in crate::screens) fn memory(value: f64) -> String {
    bytes(value.max(0.0).round() as u64)
}

/// The lines of the panel.
pub(super) fn lines(
    brush: Brush<'_>,
    usage: Option<&Usage>,
    rooms: Rooms,
    pods: &[Arc<Pod>],
) -> Vec<Line<'static>> {
    let label = |text: &str| brush.span(Role::Heading, format!("{text:<8}"));
    let mut lines = match usage {
        None => vec![Line::from(vec![
            label("CPU"),
            brush.span(Role::Unknown, "not known: no pod offers process metrics, nobody asks the kubelet"),
        ])],
        Some(usage) => {
            let cpu = one(brush, usage.cpu.as_ref(), rooms.cpu, (0.001, cores));
            let memory = one(brush, usage.memory.as_ref(), rooms.memory, (1.0, memory));
            [("CPU", cpu), ("MEMORY", memory)]
                .into_iter()
                .map(|(name, mut line)| {
                    line.spans.insert(0, label(name));
                    line
                })
                .collect()
        }
    };
    let restarts: u32 = pods.iter().map(|pod| pod.restarts).sum();
    if let Some(most) = pods.iter().max_by_key(|pod| pod.restarts).filter(|_| restarts > 0) {
        let words = format!(
            "{} of the pods there are, most {} of {}",
            count_of(restarts as usize, "restart"),
            most.restarts,
            clip_middle(most.key.name.as_str(), NAME)
        );
        lines.push(Line::from(vec![label("STARTS"), brush.span(Role::Warn, words)]));
    }
    lines
}

/// The number of the worst pod, its share, which one it is, and the mean.
fn one(
    brush: Brush<'_>,
    used: Option<&Used>,
    room: Room,
    (unit, form): (f64, fn(f64) -> String),
) -> Line<'static> {
    let Some(used) = used else { return Line::from(brush.span(Role::Unknown, "no series")) };
    let (share, role) = share(used.worst, room, unit, form);
    let whose = format!("  {}, mean {}", clip_middle(&used.pod, NAME), form(used.mean));
    Line::from(vec![
        brush.span(role, format!("{:<10}", form(used.worst))),
        brush.span(Role::Text, share),
        brush.span(Role::Dim, whose),
    ])
}

/// `32% of 512.0 MiB limit`; without a limit the share of what is asked for, and that
/// there is none.
fn share(value: f64, room: Room, unit: f64, form: fn(f64) -> String) -> (String, Role) {
    let of = |whole: u64| (value / (whole as f64 * unit), form(whole as f64 * unit));
    match (room.limit.map(of), room.asked.map(of)) {
        (Some((share, limit)), _) => {
            let role = match share {
                s if s >= AT => Role::Bad,
                s if s >= NEAR => Role::Warn,
                _ => Role::Strong,
            };
            (format!("{:.0}% of {limit} limit", share * 100.0), role)
        }
        (None, Some((share, asked))) => {
            (format!("{:.0}% of {asked} asked, no limit", share * 100.0), Role::Strong)
        }
        (None, None) => ("no request, no limit".to_owned(), Role::Strong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_and_no_share_is_made_up() {
        let room = |asked, limit| Room { asked, limit };
        let cases = [
            (0.08, room(Some(250), Some(250)), "32% of 250m limit", Role::Strong),
            (0.23, room(Some(100), Some(250)), "92% of 250m limit", Role::Warn),
            (0.25, room(Some(100), Some(250)), "100% of 250m limit", Role::Bad),
            (0.3, room(Some(100), None), "300% of 100m asked, no limit", Role::Strong),
            (0.3, room(None, None), "no request, no limit", Role::Strong),
        ];
        for (value, room, text, role) in cases {
            assert_eq!(share(value, room, 0.001, cores), (text.to_owned(), role));
        }
        assert_eq!(share(120e6, room(None, Some(512 << 20)), 1.0, memory).0, "22% of 512.0 MiB limit");
    }

    #[test]
    fn cores_read_at_a_glance() {
        assert_eq!(
            [0.0, 0.0042, 0.08, 0.9994, 1.0, 12.34].map(cores),
            ["0.0m", "4.2m", "80m", "999m", "1.0 cores", "12.3 cores"]
        );
    }
}
