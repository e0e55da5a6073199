// Cargo.toml and sources of a new plugin in Rust.

/** Versions are those of `examples/pod-routes`, which is tested with them. */
export function cargoToml(name: string): string {
  // A crate's name begins with a letter.
  const crate = /^[0-9]/.test(name) ? `plugin-${name}` : name;
  return `[package]
name = "${crate}"
version = "0.1.0"
edition = "2024"
rust-version = "1.87"
publish = false

[lib]
crate-type = ["cdylib"]

[dependencies]
serde = { version = "=1.0.229", features = ["derive"] }
serde_json = "=1.0.154"
serde_path_to_error = "=0.1.20"
wit-bindgen = { version = "=0.63.0", default-features = false, features = ["macros", "realloc"] }

[profile.release]
opt-level = "s"
panic = "abort"
strip = true

# Not a member of whatever workspace the folder lies in.
[workspace]
`;
}

export function libRs(name: string): string {
  return `//! ${name}: a chained plugin. It sets the MTU of the interface that the plugin before it made.

mod config;

wit_bindgen::generate!({ world: "plugin", path: "wit" });

use cnidaria::cni::types::{Attachment, CniError, CniResult, HostError, Ns, Sandbox};
use cnidaria::cni::{links, log};
use config::Config;
use exports::cnidaria::cni::cni::{AttachmentId, Guest};

/// Error codes of the CNI specification; those from 100 on are a plugin's own.
const IO: u32 = 5;
const INVALID_CONFIG: u32 = 7;
const CHECK_FAILED: u32 = 100;

struct Plugin;
export!(Plugin);

impl Guest for Plugin {
    fn add(at: Attachment, config: String) -> Result<CniResult, CniError> {
        report_panics();
        let Config { mtu } = parse(&config)?;
        let Some(mut result) = at.prev_result else {
            let why = format!("Cannot set the MTU of {} as prevResult is missing", at.ifname);
            return Err(error(INVALID_CONFIG, why, "${name} comes after the plugin that makes the interface"));
        };
        let changes = links::LinkChanges {
            up: None,
            mtu: Some(mtu),
            mac: None,
            master: None,
            promisc: None,
            hairpin: None,
            isolated: None,
        };
        links::set(Ns::Container, &at.ifname, &changes).map_err(failed("set the MTU"))?;
        for interface in &mut result.interfaces {
            if interface.name == at.ifname && matches!(interface.sandbox, Sandbox::Container) {
                interface.mtu = Some(mtu);
            }
        }
        Ok(result)
    }

    fn check(at: Attachment, config: String) -> Result<(), CniError> {
        report_panics();
        let Config { mtu } = parse(&config)?;
        let link = links::get(Ns::Container, &at.ifname).map_err(failed("read the interface"))?;
        if link.mtu == mtu {
            return Ok(());
        }
        let found = format!("MTU of {} of container {} is {}, not {mtu}", at.ifname, at.container_id, link.mtu);
        Err(error(CHECK_FAILED, found, ""))
    }

    /// The MTU goes with the interface, which is another plugin's to remove.
    fn del(_at: Attachment, _config: String) -> Result<(), CniError> {
        Ok(())
    }

    /// Nothing of this plugin can stay behind on the node.
    fn gc(_network: String, _config: String, _valid: Vec<AttachmentId>) -> Result<(), CniError> {
        Ok(())
    }

    fn status(_network: String, config: String) -> Result<(), CniError> {
        report_panics();
        parse(&config).map(|_| ())
    }
}

fn parse(text: &str) -> Result<Config, CniError> {
    let refused = |why| error(INVALID_CONFIG, format!("Cannot use the network configuration as its key {why}"), "");
    Config::parse(text).map_err(refused)
}

/// \`msg\` says what failed, on what and why; \`details\` what to do, or more for who wants to know.
fn error(code: u32, msg: String, details: &str) -> CniError {
    CniError { code, msg, details: details.to_string() }
}

/// A host function's error, with what it was called for. \`doing\` completes "Cannot".
fn failed(doing: &str) -> impl Fn(HostError) -> CniError {
    move |it| error(IO, format!("Cannot {doing}: {}", it.message), "")
}

/// A panic ends the component by a trap, which has no words: the log gets them.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| log::write(log::Level::Error, &panic.to_string())));
}
`;
}

export function configRs(): string {
  return `//! The network configuration, as far as it is this plugin's: its key \`mtu\`.

use serde::Deserialize;

/// The least that IPv4 asks of a link (RFC 791), and the most that a packet can have, bytes.
const LEAST: u32 = 68;
const MOST: u32 = 65535;

#[derive(Debug, Deserialize, PartialEq)]
pub struct Config {
    /// Bytes.
    pub mtu: u32,
}

impl Config {
    /// An error names the key, and says what is wrong with it.
    pub fn parse(text: &str) -> Result<Config, String> {
        let mut json = serde_json::Deserializer::from_str(text);
        let config: Config =
            serde_path_to_error::deserialize(&mut json).map_err(|it| format!("{}: {}", it.path(), it.inner()))?;
        if (LEAST..=MOST).contains(&config.mtu) {
            return Ok(config);
        }
        Err(format!("mtu: {} is not from {LEAST} to {MOST}", config.mtu))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_others_are_left_to_them() {
        let text = r#"{"cniVersion":"1.1.0","name":"net","mtu":1400}"#;
        assert_eq!(Config::parse(text), Ok(Config { mtu: 1400 }));
    }

    #[test]
    fn a_refusal_names_the_key() {
        for (text, expected) in [
            (r#"{"mtu":12}"#, "mtu: 12 is not from 68 to 65535"),
            (r#"{"mtu":"1400"}"#, "mtu: invalid type"),
            ("{}", "missing field \`mtu\`"),
        ] {
            let why = Config::parse(text).unwrap_err();
            assert!(why.contains(expected), "{text}: {why}");
        }
    }
}
`;
}
