//! The network configuration, as far as it is this plugin's: its key `routes`.

use crate::cnidaria::cni::types::CniError;
use crate::error::{INVALID_CONFIG, cni_error};
use crate::pinned_route::PinnedRoute;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Config {
    pub routes: Vec<PinnedRoute>,
}

impl Config {
    /// An error names the key.
    pub fn parse(text: &str) -> Result<Config, CniError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let config: Config = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| invalid(format!("{}: {}", error.path(), error.inner())))?;
        if config.routes.is_empty() {
            return Err(invalid("routes: it is empty".to_string()));
        }
        for (index, route) in config.routes.iter().enumerate() {
            route.refuse_nonsense().map_err(|why| invalid(format!("routes[{index}]{why}")))?;
            let first = config.routes.iter().position(|other| other.collides_with(route)).unwrap_or(index);
            if first < index {
                let why = "has the same dst and priority, of which a pod can have one";
                return Err(invalid(format!("routes[{index}]: routes[{first}] {why}")));
            }
        }
        Ok(config)
    }

    /// What an ADD keeps for the DEL.
    pub fn note(routes: &[PinnedRoute]) -> String {
        serde_json::to_string(routes).expect("routes have text alone as keys")
    }

    pub fn from_note(note: &str) -> Result<Vec<PinnedRoute>, CniError> {
        serde_json::from_str(note).map_err(|error| {
            cni_error(crate::error::INTERNAL, format!("Cannot read the note of the ADD: {error}"), note)
        })
    }
}

fn invalid(why: String) -> CniError {
    cni_error(INVALID_CONFIG, format!("Cannot use the network configuration as its key {why}"), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(routes: &str) -> String {
        Config::parse(&format!(r#"{{"cniVersion":"1.1.0","name":"net","routes":{routes}}}"#)).unwrap_err().msg
    }

    #[test]
    fn a_configuration_is_read_noted_and_read_again() {
        let text = r#"{"name":"net","routes":[{"dst":"10.20.0.0/16","gw":"10.1.0.254","mtu":1400},
            {"dst":"fd00:20::/48","gw":"fe80::1","priority":7,"onlink":true}]}"#;
        let routes = Config::parse(text).unwrap().routes;
        assert_eq!(routes.len(), 2);
        assert_eq!((routes[0].mtu, routes[0].onlink, routes[1].priority), (Some(1400), false, Some(7)));
        assert_eq!(Config::from_note(&Config::note(&routes)).unwrap(), routes);
    }

    #[test]
    fn every_refusal_names_its_key() {
        for (routes, expected) in [
            ("[]", "routes: it is empty"),
            (r#"[{"gw":"10.1.0.1"}]"#, "routes[0]: missing field `dst`"),
            (r#"[{"dst":"10.20.0.0","gw":"10.1.0.1"}]"#, "routes[0].dst: invalid IP address syntax"),
            (r#"[{"dst":"10.20.0.0/16","gw":"gateway"}]"#, "routes[0].gw: invalid IP address syntax"),
            (r#"[{"dst":"10.20.0.0/16","via":"10.1.0.1"}]"#, "routes[0].via: unknown field `via`"),
            (r#"[{"dst":"10.20.0.7/16","gw":"10.1.0.1"}]"#, "routes[0].dst: 10.20.0.7/16 has bits"),
            (r#"[{"dst":"0.0.0.0/0","gw":"10.1.0.1"}]"#, "routes[0].dst: the default route"),
            (r#"[{"dst":"10.20.0.0/16","gw":"fd00::1"}]"#, "routes[0].gw: fd00::1 is of another family"),
            (r#"[{"dst":"10.20.0.0/16","gw":"10.1.0.1","mtu":60}]"#, "routes[0].mtu: 60 is less than"),
            (
                r#"[{"dst":"10.20.0.0/16","gw":"10.1.0.1"},{"dst":"10.20.0.0/16","gw":"10.1.0.2"}]"#,
                "routes[1]: routes[0] has the same dst and priority",
            ),
        ] {
            let message = refusal(routes);
            assert!(message.contains(expected), "{routes}: {message}");
        }
    }
}
