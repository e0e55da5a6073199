//! What the plugin before this one has given to the pod.

use crate::cnidaria::cni::types::{CniResult, Sandbox};
use ipnet::IpNet;

/// The addresses of the container's interface, with their prefix lengths. One that names no interface counts: results of
/// old versions of the specification have none.
pub fn networks_of(result: &CniResult, ifname: &str) -> Vec<IpNet> {
    let is_ours = |index: &Option<u32>| {
        index.is_none_or(|index| {
            let interface = result.interfaces.get(index as usize);
            interface.is_some_and(|it| it.name == ifname && matches!(it.sandbox, Sandbox::Container))
        })
    };
    let ours = result.ips.iter().filter(|ip| is_ours(&ip.interface));
    ours.filter_map(|ip| ip.address.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cnidaria::cni::types::{Dns, ResultInterface, ResultIp};

    fn interface(name: &str, sandbox: Sandbox) -> ResultInterface {
        ResultInterface { name: name.into(), mac: None, mtu: None, sandbox, socket_path: None, pci_id: None }
    }

    #[test]
    fn only_addresses_of_the_containers_interface_count() {
        let ip = |address: &str, interface| ResultIp { address: address.into(), gateway: None, interface };
        let result = CniResult {
            interfaces: vec![interface("eth0", Sandbox::Host), interface("eth0", Sandbox::Container)],
            ips: vec![
                ip("10.9.0.1/24", Some(0)),
                ip("10.1.0.5/16", Some(1)),
                ip("10.8.0.1/24", Some(7)),
                ip("fd00::5/64", None),
            ],
            routes: vec![],
            dns: Dns { nameservers: vec![], domain: None, search: vec![], options: vec![] },
        };
        let found: Vec<String> = networks_of(&result, "eth0").iter().map(IpNet::to_string).collect();
        assert_eq!(found, ["10.1.0.5/16", "fd00::5/64"]);
        assert_eq!(networks_of(&result, "net1").len(), 1);
    }
}
