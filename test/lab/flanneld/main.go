// flanneld for the lab: etcd, vxlan and host-gw of the module github.com/flannel-io/flannel. That module's own main also
// imports a cloud back end whose module the Go proxy does not have; what is started here is the same code.
//
// It keeps no firewall rules, as the lab's nodes have none that would stop pods' packets.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/flannel-io/flannel/pkg/backend"
	_ "github.com/flannel-io/flannel/pkg/backend/hostgw"
	_ "github.com/flannel-io/flannel/pkg/backend/vxlan"
	"github.com/flannel-io/flannel/pkg/ip"
	"github.com/flannel-io/flannel/pkg/ipmatch"
	"github.com/flannel-io/flannel/pkg/subnet"
	"github.com/flannel-io/flannel/pkg/subnet/etcd"
	log "k8s.io/klog/v2"
)

// Options, named as flanneld names them.
var (
	endpoints  = flag.String("etcd-endpoints", "http://127.0.0.1:2379", "comma-separated")
	prefix     = flag.String("etcd-prefix", "/coreos.com/network", "of all keys")
	iface      = flag.String("iface", "eth0", "interface towards the other nodes")
	publicIP   = flag.String("public-ip", "", "address by which other nodes reach this one")
	publicIPv6 = flag.String("public-ipv6", "", "the same, IPv6")
	subnetFile = flag.String("subnet-file", "/run/flannel/subnet.env", "written once there is a subnet")
)

func main() {
	log.InitFlags(nil)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "flanneld cannot go on:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context) error {
	earlier, earlier6 := subnetsOf(*subnetFile)
	store := &etcd.EtcdConfig{Endpoints: strings.Split(*endpoints, ","), Prefix: *prefix}
	manager, err := etcd.NewLocalManager(ctx, store, earlier, earlier6, 60)
	if err != nil {
		return err
	}
	config, err := networkConfig(ctx, manager)
	if err != nil {
		return err
	}
	stack, err := ipmatch.GetIPFamily(config.EnableIPv4, config.EnableIPv6)
	if err != nil {
		return err
	}
	public := ipmatch.PublicIPOpts{PublicIP: *publicIP, PublicIPv6: *publicIPv6}
	external, err := ipmatch.LookupExtIface(*iface, "", "", stack, public)
	if err != nil {
		return err
	}
	chosen, err := backend.NewManager(ctx, manager, external).GetBackend(config.BackendType)
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	network, err := chosen.RegisterNetwork(ctx, &running, config)
	if err != nil {
		return err
	}
	lease := network.Lease()
	err = manager.HandleSubnetFile(*subnetFile, config, false, lease.Subnet, lease.IPv6Subnet, network.MTU())
	if err != nil {
		return err
	}
	running.Add(1)
	go func() {
		defer running.Done()
		network.Run(ctx)
	}()
	err = manager.CompleteLease(ctx, lease, &running)
	running.Wait()
	return err
}

// networkConfig waits until the store has one.
func networkConfig(ctx context.Context, manager subnet.Manager) (*subnet.Config, error) {
	for {
		config, err := manager.GetNetworkConfig(ctx)
		if err == nil && config != nil {
			return config, nil
		}
		log.Errorf("no network configuration yet: %v", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// subnetsOf reads the subnets that this node had before; zero where the file has none.
func subnetsOf(path string) (ip.IP4Net, ip.IP6Net) {
	four, six := ip.IP4Net{}, ip.IP6Net{IP: (*ip.IP6)(big.NewInt(0))}
	text, err := os.ReadFile(path)
	if err != nil {
		return four, six
	}
	for _, line := range strings.Split(string(text), "\n") {
		key, value, _ := strings.Cut(line, "=")
		_, cidr, err := net.ParseCIDR(value)
		if err != nil {
			continue
		}
		switch key {
		case "FLANNEL_SUBNET":
			four = ip.FromIPNet(cidr)
		case "FLANNEL_IPV6_SUBNET":
			six = ip.FromIP6Net(cidr)
		}
	}
	return four, six
}
