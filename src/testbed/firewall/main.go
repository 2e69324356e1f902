// Command firewall makes the test node enforce network policies: kube-router's policy controller alone, as k3s embeds it.
package main

import (
	"flag"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "file by which to reach the API server")
	config := options.NewKubeRouterConfig()
	flag.StringVar(&config.HostnameOverride, "hostname-override", "", "name of the node")
	flag.StringVar(&config.ClusterIPCIDRs[0], "service-cluster-ip-range", "", "addresses of services")
	flag.Parse()
	config.EnableIPv4 = true
	if err := run(*kubeconfig, config); err != nil {
		klog.Fatal(err)
	}
}

func run(kubeconfig string, config *options.KubeRouterConfig) error {
	address, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(address)
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	watches := informers.NewSharedInformerFactory(client, 0)
	pods := watches.Core().V1().Pods().Informer()
	namespaces := watches.Core().V1().Namespaces().Informer()
	policies := watches.Networking().V1().NetworkPolicies().Informer()
	watches.Start(stop)
	watches.WaitForCacheSync(stop)

	tables, sets, err := netpol.NewIPTablesHandlers(config)
	if err != nil {
		return err
	}
	controller, err := netpol.NewNetworkPolicyController(
		client, config, pods, policies, namespaces, &sync.Mutex{}, nil, tables, sets)
	if err != nil {
		return err
	}
	if _, err := pods.AddEventHandler(controller.PodEventHandler); err != nil {
		return err
	}
	if _, err := namespaces.AddEventHandler(controller.NamespaceEventHandler); err != nil {
		return err
	}
	if _, err := policies.AddEventHandler(controller.NetworkPolicyEventHandler); err != nil {
		return err
	}
	heartbeats := make(chan *healthcheck.ControllerHeartbeat)
	go func() {
		for range heartbeats { // nobody asks for them, but somebody has to take them
		}
	}()
	var running sync.WaitGroup
	running.Add(1)
	go controller.Run(heartbeats, stop, &running)

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
	close(stop)
	running.Wait()
	return nil
}
