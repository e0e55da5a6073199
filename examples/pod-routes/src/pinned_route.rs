//! One route of the configuration: what is wrong with it, and how host, result and kernel write it.

use crate::cnidaria::cni::routes::Route;
use crate::cnidaria::cni::types::{CniError, ResultRoute};
use crate::error::{INVALID_CONFIG, cni_error};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// The least that each family asks of a link (RFC 791, RFC 8200), bytes.
const LEAST_MTU_V4: u32 = 68;
const LEAST_MTU_V6: u32 = 1280;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedRoute {
    pub dst: IpNet,
    pub gw: IpAddr,
    /// Bytes.
    pub mtu: Option<u32>,
    /// Lower is better.
    pub priority: Option<u32>,
    /// The gateway is on the pod's link, whatever the pod's addresses say.
    #[serde(default)]
    pub onlink: bool,
}

impl PinnedRoute {
    /// What is wrong with it whatever the pod is like: `.KEY: why`.
    pub fn refuse_nonsense(&self) -> Result<(), String> {
        let Self { dst, gw, .. } = self;
        let least = if gw.is_ipv4() { LEAST_MTU_V4 } else { LEAST_MTU_V6 };
        if dst.trunc() != *dst {
            return Err(format!(".dst: {dst} has bits behind its prefix, the network is {}", dst.trunc()));
        }
        if dst.prefix_len() == 0 {
            return Err(".dst: the default route is for the IPAM plugin to give".to_string());
        }
        if dst.addr().is_ipv4() != gw.is_ipv4() {
            return Err(format!(".gw: {gw} is of another family than {dst}"));
        }
        match self.mtu {
            Some(mtu) if mtu < least => Err(format!(".mtu: {mtu} is less than {least}, which its family asks for")),
            _ => Ok(()),
        }
    }

    /// Whether a pod could not have both.
    pub fn collides_with(&self, other: &Self) -> bool {
        self.dst == other.dst && self.priority == other.priority
    }

    /// The kernel would refuse a gateway that is on none of the pod's networks, without saying which they are.
    /// `networks`: the pod's addresses with their prefix lengths.
    pub fn refuse_unreachable(&self, index: usize, ifname: &str, networks: &[IpNet]) -> Result<(), CniError> {
        let Self { gw, .. } = self;
        let invalid = |why: String, hint: &str| {
            Err(cni_error(
                INVALID_CONFIG,
                format!("Cannot use routes[{index}] of the network configuration as {why}"),
                hint,
            ))
        };
        if networks.iter().any(|network| network.addr() == *gw) {
            return invalid(format!("its gw is the pod's own address: {gw}"), "");
        }
        if self.onlink || is_link_local(gw) || networks.iter().any(|network| network.contains(gw)) {
            return Ok(());
        }
        let has = networks.iter().map(IpNet::to_string).collect::<Vec<_>>().join(", ");
        let why = format!("its gw {gw} is on no network of {ifname}, which has {}", or_none(&has));
        invalid(why, r#""onlink": true reaches a gateway outside of the pod's networks"#)
    }

    pub fn to_kernel(&self, ifname: &str) -> Route {
        Route {
            dst: self.dst.to_string(),
            gateway: Some(self.gw.to_string()),
            link: Some(ifname.to_string()),
            source: None,
            priority: self.priority,
            mtu: self.mtu,
            advmss: None,
            table: None,
            scope: None,
            onlink: self.onlink,
        }
    }

    pub fn to_result(&self) -> ResultRoute {
        ResultRoute {
            dst: self.dst.to_string(),
            gw: Some(self.gw.to_string()),
            mtu: self.mtu,
            advmss: None,
            priority: self.priority,
            table: None,
            scope: None,
        }
    }

    /// A priority that was not asked for is the kernel's own: 0, or 1024 for IPv6.
    fn is(&self, route: &Route, ifname: &str) -> bool {
        let gateway = route.gateway.as_deref().and_then(|it| it.parse().ok());
        self.leads_to_same(route)
            && gateway == Some(self.gw)
            && route.link.as_deref() == Some(ifname)
            && self.mtu.is_none_or(|mtu| route.mtu == Some(mtu))
    }

    fn leads_to_same(&self, route: &Route) -> bool {
        let has = route.priority.unwrap_or(0);
        route.dst.parse() == Ok(self.dst)
            && has == self.priority.unwrap_or(if self.gw.is_ipv6() && has == 1024 { 1024 } else { 0 })
    }
}

/// `the route to 10.20.0.0/16 via 10.1.0.254`
impl fmt::Display for PinnedRoute {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "the route to {} via {}", self.dst, self.gw)
    }
}

/// What the pod lacks, or has otherwise: one sentence for each route.
pub fn differences(wanted: &[PinnedRoute], present: &[Route], ifname: &str) -> Vec<String> {
    let missing = wanted.iter().filter(|route| !present.iter().any(|other| route.is(other, ifname)));
    let say = |route: &PinnedRoute| match present.iter().find(|other| route.leads_to_same(other)) {
        None => format!("{route} is gone"),
        Some(other) => format!(
            "{route} is another one: via {} by {}, MTU {}",
            or_none(other.gateway.as_deref().unwrap_or("")),
            or_none(other.link.as_deref().unwrap_or("")),
            other.mtu.map_or("its link's".to_string(), |mtu| mtu.to_string()),
        ),
    };
    missing.map(say).collect()
}

fn is_link_local(address: &IpAddr) -> bool {
    matches!(address, IpAddr::V6(it) if it.is_unicast_link_local())
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

#[cfg(test)]
mod tests;
