use super::*;

fn route(dst: &str, gw: &str) -> PinnedRoute {
    PinnedRoute { dst: dst.parse().unwrap(), gw: gw.parse().unwrap(), mtu: None, priority: None, onlink: false }
}

fn networks() -> Vec<IpNet> {
    vec!["10.1.0.5/16".parse().unwrap(), "fd00:1::5/64".parse().unwrap()]
}

fn refusal(route: &PinnedRoute) -> Option<String> {
    route.refuse_unreachable(3, "eth0", &networks()).err().map(|error| format!("{} {}", error.msg, error.details))
}

#[test]
fn a_gateway_must_be_on_a_network_of_the_pod() {
    for gateway in ["10.1.0.254", "10.1.255.1"] {
        assert_eq!(refusal(&route("10.20.0.0/16", gateway)), None, "{gateway}");
    }
    let why = refusal(&route("10.20.0.0/16", "10.2.0.1")).unwrap();
    for words in ["routes[3]", "gw 10.2.0.1 is on no network of eth0, which has 10.1.0.5/16, fd00:1::5/64", "onlink"] {
        assert!(why.contains(words), "{why}");
    }
    assert_eq!(refusal(&PinnedRoute { onlink: true, ..route("10.20.0.0/16", "10.2.0.1") }), None);
}

#[test]
fn a_link_local_gateway_is_on_the_link() {
    assert_eq!(refusal(&route("fd00:20::/48", "fe80::1")), None);
}

#[test]
fn the_pod_is_not_its_own_gateway() {
    assert!(refusal(&route("10.20.0.0/16", "10.1.0.5")).unwrap().contains("the pod's own address: 10.1.0.5"));
    assert!(refusal(&PinnedRoute { onlink: true, ..route("10.20.0.0/16", "10.1.0.5") }).is_some());
}

#[test]
fn routes_collide_by_destination_and_priority() {
    let [some, other] = [route("10.20.0.0/16", "10.1.0.2"), route("10.20.0.0/16", "10.1.0.3")];
    assert!(some.collides_with(&other));
    assert!(!some.collides_with(&PinnedRoute { priority: Some(9), ..other }));
}

#[test]
fn differences_say_what_is_gone_and_what_is_another() {
    let wanted = [
        route("10.20.0.0/16", "10.1.0.254"),
        route("fd00:20::/48", "fd00:1::1"),
        PinnedRoute { mtu: Some(1400), priority: Some(50), ..route("10.30.0.0/16", "10.1.0.254") },
    ];
    let by_kernel = |route: &PinnedRoute, priority| Route { priority, ..route.to_kernel("eth0") };
    let mut present: Vec<Route> = vec![
        by_kernel(&wanted[0], None),
        // What the kernel gives an IPv6 route that asked for none.
        by_kernel(&wanted[1], Some(1024)),
        by_kernel(&wanted[2], Some(50)),
    ];
    assert_eq!(differences(&wanted, &present, "eth0"), Vec::<String>::new());
    present[2].mtu = None;
    present[1].gateway = Some("fd00:1::9".into());
    present.remove(0);
    assert_eq!(
        differences(&wanted, &present, "eth0"),
        [
            "the route to 10.20.0.0/16 via 10.1.0.254 is gone",
            "the route to fd00:20::/48 via fd00:1::1 is another one: via fd00:1::9 by eth0, MTU its link's",
            "the route to 10.30.0.0/16 via 10.1.0.254 is another one: via 10.1.0.254 by eth0, MTU its link's",
        ]
    );
    // One with another priority is another route beside it.
    present[1].priority = Some(51);
    assert!(differences(&wanted, &present, "eth0")[2].ends_with("is gone"));
}
