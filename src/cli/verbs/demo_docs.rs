//! Documents of the demo's services, as they would lie beside their entries.

use crate::demo::scenario::model::Service;

/// A README and a runbook.
pub(super) fn of(service: &Service) -> [(String, String); 2] {
    let (id, name) = (service.id(), service.name.get_ref());
    let (about, team, tier) = (&service.description, service.team.get_ref(), service.tier);
    let readme = format!(
        "# {name}\n\n{about}\n\n| | |\n|---|---|\n| team | {team} |\n| tier | {tier} |\n\n\
         When it breaks: [runbook](runbook.md). Its numbers: [objectives](runbook.md#what-to-look-at).\n"
    );
    let runbook = format!(
        "# Runbook of {name}\n\n## What to look at\n\n1. `X` explains why it is not well, its root first.\n\
         2. `T` shows what changed shortly before.\n3. `4` shows the budget, and how fast it burns.\n\n\
         ## Roll back\n\n`R` opens the rollback page; opening it changes nothing. Without the console:\n\n\
         ```sh\nkubectl rollout undo deployment/{name}\n```\n\n## Whom to call\n\n{team} is on call; \
         see [README](README.md).\n"
    );
    [(format!("{id}/README.md"), readme), (format!("{id}/runbook.md"), runbook)]
}
