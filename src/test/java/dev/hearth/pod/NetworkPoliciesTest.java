package dev.hearth.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NetworkPoliciesTest {

    @Test
    void letStepsReachAllButTheClusterItself() {
        var policy = policy(Set.of("10.43.0.1", "192.168.7.4", "fd00:43::1"), Set.of());

        assertThat(Serialization.asYaml(policy.getSpec().getEgress())).isEqualTo("""
                ---
                - to:
                  - namespaceSelector: {}
                  - ipBlock:
                      cidr: "0.0.0.0/0"
                      except:
                      - "10.43.0.1/32"
                      - "169.254.0.0/16"
                      - "192.168.7.4/32"
                  - ipBlock:
                      cidr: "::/0"
                      except:
                      - "fd00:43::1/128"
                      - "fd00:ec2::254/128"
                      - "fd20:ce::254/128"
                - ports:
                  - port: 53
                    protocol: "UDP"
                  - port: 53
                    protocol: "TCP"
                  to:
                  - ipBlock:
                      cidr: "169.254.0.0/16"
                      except:
                      - "169.254.169.254/32"
                """);
        assertThat(policy.getSpec().getIngress()).isEmpty();
        assertThat(policy.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress");
    }

    @Test
    void denyWhatTheInstallationAdds() {
        var policy = policy(Set.of("10.43.0.1"), Set.of("10.1.0.0/24", "fd00:1::/64"));

        var ranges = policy.getSpec().getEgress().getFirst().getTo();
        assertThat(ranges.get(1).getIpBlock().getExcept())
                .containsExactly("10.1.0.0/24", "10.43.0.1/32", "169.254.0.0/16");
        assertThat(ranges.get(2).getIpBlock().getExcept()).contains("fd00:1::/64");
    }

    @Test
    void selectEveryPodOfThePipeline() {
        var selected = policy(Set.of(), Set.of()).getSpec().getPodSelector().getMatchLabels();

        assertThat(selected).isNotEmpty();
        assertThat(Labels.ofRun("app", "app-run")).containsAllEntriesOf(selected);
    }

    private static NetworkPolicy policy(Set<String> apiServer, Set<String> deny) {
        var owner = new OwnerReferenceBuilder().withUid("u").build();
        return new NetworkPolicies(apiServer, deny).of("ci", "app", owner);
    }
}
