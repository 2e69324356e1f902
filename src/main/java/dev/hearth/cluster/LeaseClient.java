package dev.hearth.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;

/** Releases the operator's lease. The SDK acquires and renews it. */
@ApplicationScoped
public class LeaseClient {
    private final KubernetesClient client;

    public LeaseClient(KubernetesClient client) {
        this.client = client;
    }

    /** Removes the holder of a lease if it is the given one. Returns whether it was. */
    public boolean release(String namespace, String name, String holder) {
        var lease = client.leases().inNamespace(namespace).withName(name).get();
        if (lease == null || !holder.equals(lease.getSpec().getHolderIdentity())) {
            return false;
        }
        lease.getSpec().setHolderIdentity(null);
        client.resource(lease).update(); // fails if the lease has changed
        return true;
    }
}
