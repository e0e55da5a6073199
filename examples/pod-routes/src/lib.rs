//! pod-routes: a chained plugin. It routes networks of its configuration through gateways on the pod's own network, and
//! hands the result of the plugin before it on, with these routes in it. All that it can do to a node is in plugin.json.

mod attachment;
mod config;
mod error;
mod pinned_route;

wit_bindgen::generate!({ world: "plugin", path: "wit" });

use attachment::networks_of;
use cnidaria::cni::types::{Attachment, CniError, CniResult, ErrorCode, Ns};
use cnidaria::cni::{log, notes, routes};
use config::Config;
use error::{CHECK_FAILED, INVALID_CONFIG, attempt, cni_error};
use exports::cnidaria::cni::cni::{AttachmentId, Guest};
use pinned_route::{PinnedRoute, differences};

/// The note that says which routes an ADD has made: of all pod-routes in the chain, as the plugins of an attachment share
/// their notes. A DEL goes by it, not by the configuration: after an ADD that failed, a route of the configuration may be
/// another plugin's.
const NOTE: &str = "pod-routes";

struct PodRoutes;
export!(PodRoutes);

impl Guest for PodRoutes {
    fn add(at: Attachment, config: String) -> Result<CniResult, CniError> {
        report_panics();
        let wanted = Config::parse(&config)?.routes;
        let mut result = at.prev_result.ok_or_else(|| {
            cni_error(
                INVALID_CONFIG,
                format!("Cannot add routes to {} as prevResult is missing", at.ifname),
                "pod-routes comes after the plugin that makes the interface",
            )
        })?;
        let networks = networks_of(&result, &at.ifname);
        for (index, route) in wanted.iter().enumerate() {
            route.refuse_unreachable(index, &at.ifname, &networks)?;
        }
        let mut made = noted_routes()?;
        made.extend(wanted.iter().cloned());
        attempt("note which routes are made", notes::put(NOTE, &Config::note(&made)))?;
        for route in &wanted {
            attempt(
                &format!("add {route} to {} of container {}", at.ifname, at.container_id),
                routes::add(Ns::Container, &route.to_kernel(&at.ifname)),
            )?;
        }
        result.routes.extend(wanted.iter().map(PinnedRoute::to_result));
        Ok(result)
    }

    fn check(at: Attachment, config: String) -> Result<(), CniError> {
        report_panics();
        let wanted = Config::parse(&config)?.routes;
        let present = attempt("read the routes of the pod", routes::list(Ns::Container, None))?;
        let found = differences(&wanted, &present, &at.ifname);
        if found.is_empty() {
            return Ok(());
        }
        let whose = format!("Routes of {} of container {}", at.ifname, at.container_id);
        Err(cni_error(CHECK_FAILED, format!("{whose} are not as their ADD left them: {}", found.join("; ")), ""))
    }

    /// Removes every route that it can before it says which it could not.
    fn del(at: Attachment, _config: String) -> Result<(), CniError> {
        report_panics();
        if !at.has_netns {
            return Ok(());
        }
        let mut failure = Ok(());
        for route in noted_routes()? {
            match routes::remove(Ns::Container, &route.to_kernel(&at.ifname)) {
                Err(error) if error.code != ErrorCode::NotFound => {
                    failure = failure.and(attempt(&format!("remove {route} from {}", at.ifname), Err(error)));
                }
                _ => {}
            }
        }
        failure
    }

    /// Routes go with the pod's namespace: nothing of them can stay behind on the node.
    fn gc(_network: String, _config: String, _valid: Vec<AttachmentId>) -> Result<(), CniError> {
        Ok(())
    }

    fn status(_network: String, config: String) -> Result<(), CniError> {
        report_panics();
        Config::parse(&config).map(|_| ())
    }
}

fn noted_routes() -> Result<Vec<PinnedRoute>, CniError> {
    let note = attempt("read which routes were made", notes::get(NOTE))?;
    note.map_or(Ok(vec![]), |note| Config::from_note(&note))
}

/// A panic ends the component by a trap, which has no words: the log gets them.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| log::write(log::Level::Error, &panic.to_string())));
}
