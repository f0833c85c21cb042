//! From a key to something looked at: the log, the text or the page of what is
//! selected.

use super::App;
use crate::catalog::{Catalog, Entity};
use crate::domain::{Asked, Now, ObjectKey, ServiceKey, World};
use crate::msg::{Effect, Level, Notice};
use crate::screens::logs::LogOf;
use crate::screens::pages::{Page, Subject};
use crate::screens::{Route, Selected};

impl App {
    fn selected(&self, now: Now) -> Option<Selected> {
        self.router.screen().selected(&self.session.ctx(now))
    }

    /// The object that is selected; of a service its main workload.
    fn selected_object(&self, now: Now) -> Option<ObjectKey> {
        match self.selected(now) {
            Some(Selected::Pod(key) | Selected::Workload(key)) => Some(key),
            Some(Selected::Service(_)) | None => self.aimed_at("", now).ok().map(|w| w.key.clone()),
        }
    }

    /// The service of what is selected.
    fn selected_service(&self, now: Now) -> Option<ServiceKey> {
        match self.selected(now) {
            Some(Selected::Service(key)) => Some(key),
            Some(Selected::Workload(_) | Selected::Pod(_)) | None => {
                self.aimed_at("", now).ok().map(|workload| World::service_of(&workload))
            }
        }
    }

    /// The pod that is selected, else the one that says most: broken first,
    /// then most restarts, then newest.
    fn selected_pod(&self, now: Now) -> Option<ObjectKey> {
        if let Some(Selected::Pod(key)) = self.selected(now) {
            return Some(key);
        }
        let workload = self.aimed_at("", now).ok()?;
        let mut pods = self.session.ctx(now).world.pods_of_workload(&workload);
        pods.sort_by_key(|pod| (pod.is_ready(), std::cmp::Reverse((pod.restarts, pod.created))));
        pods.first().map(|pod| pod.key.clone())
    }

    /// Goes there; says so if there is nothing to be looked at.
    fn go_if(&mut self, route: Option<Route>, nothing: &str, now: Now) -> Vec<Effect> {
        if let Some(route) = route {
            return self.go(route, now);
        }
        self.notices.push(Notice::new(Level::Warning, nothing), now);
        Vec::new()
    }

    pub(super) fn open_logs(&mut self, now: Now) -> Vec<Effect> {
        let route = self.selected_pod(now).map(|key| Route::Logs(LogOf::Pod(key)));
        self.go_if(route, "there is no pod whose log could be shown", now)
    }

    pub(super) fn open_describe(&mut self, now: Now) -> Vec<Effect> {
        let route = self.selected_object(now).map(Route::Describe);
        self.go_if(route, GONE, now)
    }

    pub(super) fn open_yaml(&mut self, now: Now) -> Vec<Effect> {
        if let Route::Page(Page::Thing(asked, _)) = self.router.route() {
            return self.go(Route::Page(Page::Thing(asked.clone(), true)), now);
        }
        let route = self.selected_object(now).map(|key| Route::Page(Page::Yaml(key)));
        self.go_if(route, GONE, now)
    }

    /// Goes to the object that was typed, of any kind; to what is selected if
    /// none was.
    pub(super) fn open_thing(&mut self, args: &str, as_yaml: bool, now: Now) -> Vec<Effect> {
        let words: Vec<&str> = args.split_whitespace().collect();
        if words.is_empty() {
            return if as_yaml { self.open_yaml(now) } else { self.open_describe(now) };
        }
        match Asked::parse(&words) {
            Ok(asked) => {
                let here = self.session.place.as_ref().and_then(|place| place.namespace.clone());
                let asked = Asked { namespace: asked.namespace.or(here), ..asked };
                self.go(Route::Page(Page::Thing(asked, as_yaml)), now)
            }
            Err(fault) => {
                self.notices.push(Notice::from(&fault), now);
                Vec::new()
            }
        }
    }

    /// Goes to something about the service of what is selected.
    pub(super) fn open_service(&mut self, route: fn(ServiceKey) -> Route, now: Now) -> Vec<Effect> {
        let route = self.selected_service(now).map(route);
        self.go_if(route, GONE, now)
    }

    /// The documents of the service selected, or of the entry being read.
    pub(super) fn open_documents(&mut self, now: Now) -> Vec<Effect> {
        if let Route::Page(Page::Entity(reference)) = self.router.route() {
            let of = Subject::Entry(reference.clone());
            return self.go(Route::Page(Page::Docs(of, String::new())), now);
        }
        self.open_service(|key| Route::Page(Page::Docs(Subject::Service(key), String::new())), now)
    }

    /// The entry of who owns the service selected, or the entry being read.
    pub(super) fn open_owner(&mut self, now: Now) -> Vec<Effect> {
        match self.owner_of_selected(now) {
            Ok(reference) => self.go(Route::Page(Page::Entity(reference)), now),
            Err(why) => {
                self.notices.push(Notice::new(Level::Warning, why), now);
                Vec::new()
            }
        }
    }

    fn owner_of_selected(&self, now: Now) -> Result<String, String> {
        let ctx = self.session.ctx(now);
        let catalog = ctx.catalog.catalog().ok_or("no catalogue is read that could say who owns it")?;
        if let Route::Page(Page::Entity(reference)) = self.router.route() {
            let entity = catalog.get(reference).ok_or(GONE)?;
            return owner_of(catalog, entity);
        }
        let key = self.selected_service(now).ok_or(GONE)?;
        if let Some(entity) = ctx.catalog.entity(&key) {
            return owner_of(catalog, entity);
        }
        // Not in the catalogue itself: its label may name a group that is.
        let labelled = ctx.service(&key).map(|row| row.owner.as_str()).unwrap_or_default();
        let owner = catalog.get(labelled).filter(|_| !labelled.is_empty());
        owner
            .map(|owner| owner.reference.to_string())
            .ok_or_else(|| format!("no entry of the catalogue is {key}, and no label names its owner there"))
    }

    pub(super) fn copy_name(&mut self, now: Now) -> Vec<Effect> {
        let text = match self.selected(now) {
            Some(Selected::Service(key)) => key.name.to_string(),
            Some(Selected::Workload(key) | Selected::Pod(key)) => key.name.to_string(),
            None => return Vec::new(),
        };
        self.notices.push(Notice::new(Level::Info, format!("copied {text}")), now);
        vec![Effect::Copy(text)]
    }
}

fn owner_of(catalog: &Catalog, entity: &Entity) -> Result<String, String> {
    if let Some(owner) = catalog.owner(entity) {
        return Ok(owner.reference.to_string());
    }
    let (entry, place) = (&entity.reference, format!("{}:{}", entity.file, entity.line));
    Err(match catalog.unknown_owner(entity) {
        Some(owner) => format!("{owner} owns {entry}, and nothing in the catalogue is called so ({place})"),
        None => format!("nobody says who owns {entry}: `spec.owner` is missing in {place}"),
    })
}

/// Said where nothing is selected.
const GONE: &str = "nothing is selected: what was may be gone";
