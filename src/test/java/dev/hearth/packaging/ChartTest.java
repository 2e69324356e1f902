package dev.hearth.packaging;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hearth.config.HearthConfig;
import dev.hearth.core.network.AddressRange;
import dev.hearth.core.network.ReservedRanges;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.testbed.AgentImages;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentSpec;
import io.fabric8.kubernetes.api.model.apps.DeploymentStrategy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendTLSPolicy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.LocalObjectReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.smallrye.config.WithDefault;
import io.smallrye.config.common.utils.StringUtil;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The objects that the chart renders from its values. */
@Tag("slow")
class ChartTest {
    private static final String CHART = "charts/hearth";

    @Test
    void passesLint() {
        assertThat(FinishedCommand.helm("lint", "--strict", CHART).succeeded()).contains("0 chart(s) failed");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            buildkt.image=other                          | buildkt
            buildkit.isolation=None                      | /buildkit/isolation
            registries.mirrors.docker\\.io=http://mirror | /registries/mirrors
            watchNamespaces={Not a name}                 | /watchNamespaces
            artifacts.size=large                         | /artifacts/size
            artifacts.imageVolumes=Yes                   | /artifacts/imageVolumes
            replicas=two                                 | /replicas
            results.size=10GB                            | /results/size
            results.accessModes={ReadOnlyMany}           | /results/accessModes
            results.logLimit=1Gi                         | /results/logLimit
            network.deny={10.1.0.7}                      | /network/deny
            network.untrusted.allow.ranges={10.1.0.7}    | /network/untrusted/allow/ranges
            network.metrics.namespaces={Not a name}      | /network/metrics/namespaces
            web.audiences={}                             | /web/audiences
            web.connections=100000                       | /web/connections
            web.httpRoute.hostnames={https://a.example}  | /web/httpRoute/hostnames
            web.httpRoute.parentRefs[0].namespace=a      | /web/httpRoute/parentRefs
            proxy.url=https://a:b@proxy:1                | /proxy/url
            proxy.noProxy={a b}                          | /proxy/noProxy
            sweepInterval=often                          | /sweepInterval
            alerts.enabled=maybe                         | /alerts/enabled
            """)
    void refusesUnknownOrWrongValues(String value, String place) {
        // When
        var rendering = FinishedCommand.helm("template", "hearth", CHART, "--kube-version=1.33", "--set", value);

        // Then
        assertThat(rendering.status()).isNotZero();
        assertThat(rendering.output())
                .contains("values don't meet the specifications of the schema")
                .contains(place);
    }

    @Test
    void writesItsValuesIntoTheOperatorsConfiguration() {
        assertThat(configuration(
                        "agent.image=mirror.example/agent:1",
                        "buildkit.isolation=Privileged",
                        "agent.windowsImage=mirror.example/agent:1-windows",
                        "agent.rootlessImage=mirror.example/agent:1-rootless",
                        "registries.mirrors.docker\\.io=mirror.example:5000",
                        "registries.insecure={mirror.example:5000,other.example:80}",
                        "proxy.url=http://proxy.example:3128",
                        "proxy.noProxy={svc,10.0.0.0/8}",
                        "artifacts.size=3Gi",
                        "artifacts.imageVolumes=Copy",
                        "image.repository=mirror.example/hearth",
                        "image.tag=v2",
                        "results.logLimit=1Mi",
                        "results.runLimit=2Gi",
                        "results.totalLimit=20Gi",
                        "imagePullPatience=90s",
                        "tasksAtOnce=7",
                        "warmMemory=1Gi",
                        "runs.perPipeline=2",
                        "runs.perNamespace=9",
                        "runs.untrustedPerPipeline=1",
                        "runs.untrustedPerNamespace=3",
                        "pods.podSecurity=Restricted",
                        "pods.nodeSelectorKeys={pool}",
                        "pods.ceiling.memory=8Gi",
                        "sweepInterval=3m",
                        "secrets.optIn=false",
                        "admission.enabled=false",
                        "network.enabled=false",
                        "network.deny={10.1.0.0/24,fd00:1::/64}",
                        "network.untrusted.allow.ranges={10.1.2.3/32:5000,fd00:2::/64}",
                        "network.untrusted.allow.namespaces={gitea,tools}",
                        "web.audiences={ci,other}",
                        "web.connections=99",
                        "web.tls.secretName=issued",
                        "web.tls.names={hearth.example}",
                        "watchNamespaces={ci,tools}"))
                .isEqualTo(Map.ofEntries(
                        entry("hearth.preflights.shared", "false"),
                        entry("hearth.tasks-at-once", "7"),
                        entry("hearth.warm-memory", "1Gi"),
                        entry("hearth.runs.per-pipeline", "2"),
                        entry("hearth.runs.per-namespace", "9"),
                        entry("hearth.runs.untrusted-per-pipeline", "1"),
                        entry("hearth.runs.untrusted-per-namespace", "3"),
                        entry(
                                "hearth.pods",
                                "{\"ceiling\":{\"memory\":\"8Gi\"},\"nodeSelectorKeys\":[\"pool\"],\"podSecurity\":\"Restricted\"}"),
                        entry("hearth.sweep.interval", "3m"),
                        entry("hearth.agent.image", "mirror.example/agent:1"),
                        entry("hearth.buildkit.isolation", "Privileged"),
                        entry("hearth.agent.windows-image", "mirror.example/agent:1-windows"),
                        entry("hearth.agent.rootless-image", "mirror.example/agent:1-rootless"),
                        entry("hearth.registries.mirrors.\"docker.io\"", "mirror.example:5000"),
                        entry("hearth.registries.insecure", "mirror.example:5000,other.example:80"),
                        entry("hearth.proxy.url", "http://proxy.example:3128"),
                        entry("hearth.proxy.no-proxy", "svc,10.0.0.0/8"),
                        entry("hearth.artifacts.size", "3Gi"),
                        entry("hearth.artifacts.image-volumes", "Copy"),
                        entry("hearth.responses.at-once", "16"),
                        entry("hearth.responses.refs", "100000"),
                        entry("hearth.results.folder", "/var/lib/hearth/results"),
                        entry("hearth.results.log-limit", "1Mi"),
                        entry("hearth.results.run-limit", "2Gi"),
                        entry("hearth.results.total-limit", "20Gi"),
                        entry("hearth.image-pull-patience", "90s"),
                        entry("hearth.secrets.opt-in", "false"),
                        entry("hearth.network.enabled", "false"),
                        entry("hearth.network.deny", "10.1.0.0/24,fd00:1::/64"),
                        entry("hearth.network.untrusted.allow.ranges", "10.1.2.3/32:5000,fd00:2::/64"),
                        entry("hearth.network.untrusted.allow.namespaces", "gitea,tools"),
                        entry("hearth.web.audiences", "ci,other"),
                        entry("hearth.web.connections", "99"),
                        entry("hearth.web.tls.service", "hearth"),
                        entry("hearth.web.tls.secret-name", "issued"),
                        entry("hearth.web.tls.names", "hearth.example"),
                        entry("quarkus.operator-sdk.namespaces", "ci,tools")));
    }

    @Test
    void hasTheKeysAndDefaultsThatTheOperatorDeclares() {
        var configuration = configuration();
        configuration.replaceAll((_, value) -> withoutDigest(String.valueOf(value))); // a release has digests
        var declared = new TreeMap<String, Object>(defaults("hearth", HearthConfig.class));
        // A variable of the pod has the namespace, and the other setting is for development.
        assertThat(declared.remove("hearth.namespace")).isEqualTo("default");
        assertThat(declared.remove("hearth.network.loopback")).isEqualTo("false");
        // The chart has the admission policies; without it there may be none.
        assertThat(declared.put("hearth.preflights.shared", "true")).isEqualTo("false");
        assertThat(configuration).isEqualTo(declared);
        assertThat(configuration.get("hearth.agent.image")).isEqualTo("docker.io/" + AgentImages.BUILD);
        assertThat(configuration.get("hearth.agent.rootless-image")).isEqualTo("docker.io/" + AgentImages.ROOTLESS);
    }

    @Test
    void loginOfTheProxyComesFromASecret() {
        assertThat(pod("proxy.secretName=proxy").getContainers().getFirst().getEnv())
                .filteredOn(variable -> variable.getName().startsWith("PROXY_"))
                .extracting(
                        EnvVar::getName,
                        it -> it.getValueFrom().getSecretKeyRef().getName(),
                        it -> it.getValueFrom().getSecretKeyRef().getKey())
                .containsExactly(
                        tuple("PROXY_USERNAME", "proxy", "username"), tuple("PROXY_PASSWORD", "proxy", "password"));
    }

    @Test
    void usesTheDigestOfTheOperatorsImage() {
        var digest = "sha256:" + "0a".repeat(32);
        var image = pod("image.digest=" + digest, "image.tag=v2")
                .getContainers()
                .getFirst()
                .getImage();

        assertThat(image).isEqualTo("hearth/operator@" + digest);
    }

    /** A release must not change when a tag moves. */
    @Test
    void pinsEveryImageOfARelease(@TempDir Path folder) throws IOException {
        var copy = folder.resolve("hearth");
        FinishedCommand.run(List.of("cp", "-r", CHART, copy.toString())).succeeded();
        assertThat(FinishedCommand.run(
                                List.of("env", "HEARTH_DIGEST_COMMAND=echo unknown:", "charts/pin", copy.toString()))
                        .output())
                .contains("no digest of");

        FinishedCommand.run(List.of("env", "HEARTH_DIGEST_COMMAND=" + script(folder), "charts/pin", copy.toString()))
                .succeeded();

        assertThat(FinishedCommand.run(List.of("charts/pin", "--check", copy.toString()))
                        .succeeded())
                .isEmpty();
        var rendered = FinishedCommand.helm("template", "hearth", copy.toString(), "--kube-version=1.33")
                .succeeded();
        assertThat(rendered.lines().filter(line -> line.matches("\\s*(hearth\\.[a-z.-]*image=|image: ).*")))
                .hasSizeGreaterThanOrEqualTo(4)
                .allMatch(line -> line.matches(".*@sha256:[0-9a-f]{64}\"?"));
    }

    @Test
    void ingressHasThePathOfWebhooksAndNoOther() {
        var rendered = FinishedCommand.helm(
                        "template",
                        "hearth",
                        CHART,
                        "--kube-version=1.33",
                        "--show-only=templates/ingress.yaml",
                        "--set=web.ingress.enabled=true,web.ingress.host=hearth.example,web.ingress.tlsSecretName=issued")
                .succeeded();
        var spec = Serialization.unmarshal(rendered, Ingress.class).getSpec();
        assertThat(spec.getTls().getFirst().getHosts()).containsExactly("hearth.example");
        assertThat(spec.getRules())
                .singleElement()
                .satisfies(rule -> assertThat(rule.getHttp().getPaths())
                        .extracting(HTTPIngressPath::getPath)
                        .containsExactly("/v1alpha1/webhooks/"));

        assertThat(FinishedCommand.helm(
                                "template", "hearth", CHART, "--kube-version=1.33", "--set=web.ingress.enabled=true")
                        .output())
                .contains("web.ingress.host: name the host");
    }

    @Test
    void httpRouteHasThePathOfWebhooksAndNoOther() {
        var objects = routed("web.httpRoute.hostnames={hearth.example}");
        assertThat(only(HTTPRoute.class, objects)).singleElement().satisfies(route -> {
            var spec = route.getSpec();
            assertThat(spec.getParentRefs()).singleElement().returns("gateways", ParentReference::getNamespace);
            assertThat(spec.getHostnames()).containsExactly("hearth.example");
            var rule = spec.getRules().getFirst();
            assertThat(spec.getRules()).hasSize(1);
            assertThat(rule.getMatches())
                    .extracting(match -> match.getPath().getValue())
                    .containsExactly("/v1alpha1/webhooks/");
            assertThat(rule.getBackendRefs())
                    .singleElement()
                    .returns("hearth", HTTPBackendRef::getName)
                    .returns(443, HTTPBackendRef::getPort);
        });
        // Host name and ConfigMap are those of WebCertificate.
        assertThat(only(BackendTLSPolicy.class, objects)).singleElement().satisfies(policy -> {
            var validation = policy.getSpec().getValidation();
            assertThat(validation.getHostname()).isEqualTo("hearth.default.svc");
            assertThat(validation.getCaCertificateRefs())
                    .singleElement()
                    .returns("hearth-ca", LocalObjectReference::getName);
        });
        for (var without : List.of("web.tls.secretName=issued", "web.httpRoute.backendTLSPolicy=false")) {
            assertThat(only(BackendTLSPolicy.class, routed("web.httpRoute.hostnames={a.example}", without)))
                    .as(without)
                    .isEmpty();
        }
        assertThat(only(HTTPRoute.class, render())).as("by default").isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"hostnames={a.example}, parentRefs", "parentRefs[0].name=public, hostnames"})
    void httpRouteNeedsAGatewayAndAHost(String value, String missing) {
        assertThat(FinishedCommand.helm(
                                "template",
                                "hearth",
                                CHART,
                                "--kube-version=1.33",
                                "--set=web.httpRoute.enabled=true",
                                "--set=web.httpRoute." + value)
                        .output())
                .contains("web.httpRoute." + missing + ": name the ");
    }

    private static List<HasMetadata> routed(String... values) {
        return render(Stream.concat(
                        Stream.of(
                                "web.httpRoute.enabled=true",
                                "web.httpRoute.parentRefs[0].name=public",
                                "web.httpRoute.parentRefs[0].namespace=gateways"),
                        Stream.of(values))
                .toArray(String[]::new));
    }

    /** A name such as 700123 or true needs quotes, because the API server refuses it as a number or boolean. */
    @Test
    void quotesNamesThatLookLikeSomethingElse() {
        var rendered = FinishedCommand.helm(
                        "template",
                        "7e3",
                        CHART,
                        "--kube-version=1.33",
                        "--namespace=123",
                        "--set=replicas=2,results.accessModes={ReadWriteMany}",
                        "--set-string=priorityClassName=123",
                        "--set-json",
                        "watchNamespaces=[\"700123\",\"true\"]",
                        "--set-string",
                        "web.tls.secretName=700123")
                .succeeded();

        assertThat(rendered.lines().filter(line -> line.contains("700123")))
                .hasSizeGreaterThanOrEqualTo(4)
                .allMatch(line -> line.contains("\"700123\"") || line.matches("\\s*[a-z.-]+=.*"));
        assertThat(rendered).contains("values: [\"700123\",\"true\"]", "namespace: \"true\"");
        assertThat(rendered.lines().filter(line -> line.matches(".*\\b(7e3|123)\\b.*")))
                .hasSizeGreaterThan(60)
                .as("the release's name and namespace, whole or as the beginning of a longer text")
                .noneMatch(line -> line.matches(".*[:,\\[-] ?(7e3|123)\\s*([,}\\]].*)?"));
    }

    @Test
    void notesShowHowToReadResultsWithEitherCertificate(@TempDir Path folder) throws IOException {
        var copy = folder.resolve("hearth");
        FinishedCommand.run(List.of("cp", "-r", CHART, copy.toString())).succeeded();
        Files.writeString(
                copy.resolve("templates/shown.yaml"),
                "notes: {{ include (print .Template.BasePath \"/NOTES.txt\") . | toJson }}\n");

        assertThat(notes(copy, "web.tls.secretName="))
                .contains("get configmap hearth-ca", "curl --cacert hearth-ca.crt", "https://localhost:8443/v1alpha1/");
        assertThat(notes(copy, "web.tls.secretName=issued"))
                .contains("curl --connect-to HOST:443:localhost:8443", "https://HOST/v1alpha1/", "HOST: a name that")
                .doesNotContain("hearth-ca", "https://localhost");
    }

    private static String notes(Path chart, String value) {
        return FinishedCommand.helm(
                        "template",
                        "hearth",
                        chart.toString(),
                        "--kube-version=1.33",
                        "--show-only=templates/shown.yaml",
                        "--set",
                        value)
                .succeeded();
    }

    private static String script(Path folder) throws IOException {
        var script = folder.resolve("digest");
        // Some programs read their standard input even if they do not need it.
        Files.writeString(script, "#!/bin/sh\ncat >/dev/null\nprintf 'sha256:%064d' 7\n");
        script.toFile().setExecutable(true);
        return script.toString();
    }

    private static String withoutDigest(String value) {
        return value.replaceFirst("@sha256:[0-9a-f]{64}$", "");
    }

    @Test
    void startsNewPodsWhenTheConfigurationChanges() {
        assertThat(podAnnotations("imagePullPatience=1m")).isEqualTo(podAnnotations());
        assertThat(podAnnotations("imagePullPatience=2m")).isNotEqualTo(podAnnotations());
    }

    @Test
    void upgradesTheCustomResourceDefinitionsAndKeepsThemOnUninstall() {
        assertThat(only(CustomResourceDefinition.class, render()))
                .extracting(crd -> crd.getMetadata().getName())
                .containsExactlyInAnyOrder(
                        "pipelines.hearth.dev",
                        "pipelineruns.hearth.dev",
                        "cachescopes.hearth.dev",
                        "cachepolicies.hearth.dev");
        assertThat(only(CustomResourceDefinition.class, render()))
                .allSatisfy(crd -> assertThat(crd.getMetadata().getAnnotations())
                        .containsEntry("helm.sh/resource-policy", "keep"));
        assertThat(only(CustomResourceDefinition.class, render("crds.install=false")))
                .isEmpty();
    }

    @Test
    void keepsReplicasOnTheNodeThatMountsTheResults() {
        var pod = pod("replicas=2");
        assertThat(pod.getAffinity().getPodAffinity().getRequiredDuringSchedulingIgnoredDuringExecution())
                .extracting(PodAffinityTerm::getTopologyKey)
                .containsExactly("kubernetes.io/hostname");
        assertThat(pod.getTopologySpreadConstraints()).isEmpty();
        // A PodDisruptionBudget would block the drain of a node with all replicas.
        assertThat(render("replicas=2")).extracting(HasMetadata::getKind).doesNotContain("PodDisruptionBudget");
        assertThat(strategy("replicas=2")).isEqualTo("Recreate");
        assertThat(pod().getAffinity()).isNull();
        assertThat(strategy()).isEqualTo("Recreate");
    }

    @Test
    void spreadsReplicasThatShareAVolume() {
        var shared = new String[] {"replicas=2", "results.accessModes={ReadWriteMany}"};

        assertThat(pod(shared).getAffinity()).isNull();
        assertThat(pod(shared).getTopologySpreadConstraints()).hasSize(1);
        assertThat(render(shared)).extracting(HasMetadata::getKind).contains("PodDisruptionBudget");
        assertThat(strategy(shared)).isNull();
    }

    @Test
    void refusesReplicasThatCannotMountTheVolume() {
        var rendering = FinishedCommand.helm(
                "template",
                "hearth",
                CHART,
                "--kube-version=1.33",
                "--set",
                "replicas=2",
                "--set",
                "results.accessModes={ReadWriteOncePod}");

        assertThat(rendering.status()).isNotZero();
        assertThat(rendering.output()).contains("results.accessModes", "ReadWriteMany");
    }

    @Test
    void keepsTheVolumeOfResultsOnUninstall() {
        var claim = only(PersistentVolumeClaim.class, render("results.storageClassName=fast", "results.size=3Gi"))
                .getFirst();

        assertThat(claim.getSpec().getStorageClassName()).isEqualTo("fast");
        assertThat(claim.getSpec().getResources().getRequests()).containsEntry("storage", new Quantity("3Gi"));
        assertThat(claim.getMetadata().getAnnotations()).containsEntry("helm.sh/resource-policy", "keep");
        assertThat(only(PersistentVolumeClaim.class, render())
                        .getFirst()
                        .getSpec()
                        .getStorageClassName())
                .isNull();
        assertThat(pod().getVolumes())
                .filteredOn(volume -> volume.getPersistentVolumeClaim() != null)
                .extracting(volume -> volume.getPersistentVolumeClaim().getClaimName())
                .containsExactly(claim.getMetadata().getName());
    }

    @Test
    void createsAServiceMonitorOnlyIfEnabled() {
        assertThat(render()).extracting(HasMetadata::getKind).doesNotContain("ServiceMonitor");
        assertThat(render("serviceMonitor.enabled=true"))
                .extracting(HasMetadata::getKind)
                .contains("ServiceMonitor");
    }

    @Test
    void probesAndScrapesTheManagementPort() {
        var container = pod().getContainers().getFirst();
        assertThat(Stream.of(container.getLivenessProbe(), container.getReadinessProbe(), container.getStartupProbe()))
                .extracting(probe -> probe.getHttpGet().getPort().getStrVal())
                .containsOnly("management");
        assertThat(container.getPorts())
                .extracting(ContainerPort::getName, ContainerPort::getContainerPort)
                .containsExactlyInAnyOrder(tuple("https", 8443), tuple("management", 9000));
        assertThat(render("serviceMonitor.enabled=true"))
                .filteredOn(resource -> resource.getKind().equals("ServiceMonitor"))
                .singleElement()
                .asString()
                .contains("port=management");
    }

    @Test
    void deniesTheMetadataRangesThatStepsAreDenied() {
        var egress = policy().getSpec().getEgress().getFirst().getTo().stream()
                .map(NetworkPolicyPeer::getIpBlock)
                .filter(Objects::nonNull)
                .flatMap(block -> block.getExcept().stream());

        assertThat(egress)
                .containsExactlyInAnyOrderElementsOf(
                        ReservedRanges.METADATA.stream().map(AddressRange::text).toList());
    }

    @Test
    void deniesStepsTheOperatorAndAllowsMetricsToConfiguredNamespaces() {
        assertThat(policy().getSpec().getIngress()).singleElement().satisfies(rule -> {
            assertThat(ports(rule)).containsExactly(8443);
            assertThat(rule.getFrom())
                    .singleElement()
                    .extracting(peer -> peer.getPodSelector().getMatchExpressions())
                    .asString()
                    .contains(ObjectLabels.MANAGED_BY, "NotIn", ObjectLabels.HEARTH);
        });

        var opened = policy("network.metrics.namespaces={monitoring}", "web.from[0].podSelector.matchLabels.app=proxy");
        assertThat(opened.getSpec().getIngress()).hasSize(2);
        assertThat(opened.getSpec().getIngress().getFirst().getFrom())
                .singleElement()
                .returns(Map.of("app", "proxy"), peer -> peer.getPodSelector().getMatchLabels());
        assertThat(opened.getSpec().getIngress().getLast()).satisfies(rule -> {
            assertThat(ports(rule)).containsExactly(9000);
            assertThat(rule.getFrom()).singleElement().asString().contains("kubernetes.io/metadata.name", "monitoring");
        });
        assertThat(only(NetworkPolicy.class, render("network.enabled=false"))).isEmpty();
    }

    @Test
    void mayWriteOnlyItsOwnCertificateSecret() {
        assertThat(only(Secret.class, render()))
                .singleElement()
                .returns("hearth-tls", secret -> secret.getMetadata().getName())
                .returns(Map.of(), secret -> Objects.requireNonNullElse(secret.getData(), Map.of()));
        assertThat(writers("secrets", render()))
                .filteredOn(rule -> rule.getVerbs().contains("update"))
                .singleElement()
                .returns(List.of("hearth-tls"), PolicyRule::getResourceNames);
        var named = render("web.tls.secretName=issued");
        assertThat(only(Secret.class, named)).isEmpty();
        assertThat(writers("secrets", named)).isEmpty();
    }

    private static List<PolicyRule> writers(String resource, List<HasMetadata> rendered) {
        return rules(rendered).stream()
                .filter(rule -> rule.getResources().contains(resource)
                        && !List.of("get").containsAll(rule.getVerbs()))
                .toList();
    }

    private static List<Integer> ports(NetworkPolicyIngressRule rule) {
        return rule.getPorts().stream().map(it -> it.getPort().getIntVal()).toList();
    }

    private static NetworkPolicy policy(String... values) {
        return only(NetworkPolicy.class, render(values)).getFirst();
    }

    @Test
    void createsDashboardAndAlertsOnlyIfEnabled() {
        assertThat(render()).extracting(HasMetadata::getKind).doesNotContain("PrometheusRule");
        assertThat(only(ConfigMap.class, render()))
                .noneMatch(map -> map.getData() != null && map.getData().containsKey("hearth.json"));

        var rendered = render(
                "dashboards.enabled=true",
                "dashboards.labels.mine=yes",
                "alerts.enabled=true",
                "alerts.labels.release=x");

        assertThat(only(ConfigMap.class, rendered))
                .filteredOn(map -> map.getData() != null && map.getData().containsKey("hearth.json"))
                .singleElement()
                .satisfies(map -> assertThat(map.getMetadata().getLabels())
                        .containsEntry("grafana_dashboard", "1")
                        .containsEntry("mine", "yes"))
                .extracting(map -> map.getData().get("hearth.json"))
                .asString()
                .contains("\"legendFormat\": \"{{policy}}\"");
        assertThat(rendered)
                .filteredOn(resource -> resource.getKind().equals("PrometheusRule"))
                .singleElement()
                .satisfies(rule -> assertThat(rule.getMetadata().getLabels()).containsEntry("release", "x"))
                .asString()
                .contains("HearthOrphansFound", "{{ $labels.kind }}");
    }

    @Test
    void grantsNothingByWildcard() {
        var rules = rules(render());

        assertThat(rules).isNotEmpty().allSatisfy(rule -> {
            assertThat(rule.getApiGroups()).doesNotContain("*");
            assertThat(rule.getResources()).doesNotContain("*");
            assertThat(rule.getVerbs()).doesNotContain("*");
        });
        assertThat(rules)
                .extracting(PolicyRule::getNonResourceURLs)
                .allSatisfy(urls -> assertThat(urls).isEmpty());
    }

    @Test
    void hasRightsOnlyInWatchedNamespaces() {
        var watching = render("watchNamespaces={ci,tools}");
        assertThat(only(ClusterRoleBinding.class, watching))
                .extracting(binding -> binding.getRoleRef().getName())
                .containsExactly("hearth-cluster");
        assertThat(only(RoleBinding.class, watching))
                .filteredOn(binding -> binding.getRoleRef().getName().equals("hearth-operator"))
                .extracting(binding -> binding.getMetadata().getNamespace())
                .containsExactly("ci", "tools");
        assertThat(only(ClusterRoleBinding.class, render()))
                .extracting(binding -> binding.getRoleRef().getName())
                .containsExactlyInAnyOrder("hearth-cluster", "hearth-operator");
        // Cluster-wide bindings grant only objects without a namespace.
        assertThat(only(ClusterRole.class, watching))
                .filteredOn(role -> role.getMetadata().getName().equals("hearth-cluster"))
                .flatExtracting(ClusterRole::getRules)
                .flatExtracting(PolicyRule::getResources)
                .doesNotContain("secrets", "pods", "configmaps", "persistentvolumeclaims", "events", "pipelines");
    }

    @Test
    void hasNoRightsToNetworkPoliciesIfDisabled() {
        assertThat(resources(render())).contains("endpointslices", "services", "networkpolicies");
        assertThat(resources(render("network.enabled=false")))
                .doesNotContain("endpointslices", "services", "networkpolicies");
    }

    private static List<String> resources(List<HasMetadata> rendered) {
        return rules(rendered).stream()
                .flatMap(rule -> rule.getResources().stream())
                .toList();
    }

    private static List<PolicyRule> rules(List<HasMetadata> rendered) {
        return Stream.concat(
                        only(ClusterRole.class, rendered).stream().map(ClusterRole::getRules),
                        only(Role.class, rendered).stream().map(Role::getRules))
                .flatMap(List::stream)
                .toList();
    }

    private static Map<String, String> podAnnotations(String... values) {
        return deployment(values).getTemplate().getMetadata().getAnnotations();
    }

    private static PodSpec pod(String... values) {
        return deployment(values).getTemplate().getSpec();
    }

    private static @Nullable String strategy(String... values) {
        return Optional.ofNullable(deployment(values).getStrategy())
                .map(DeploymentStrategy::getType)
                .orElse(null);
    }

    private static DeploymentSpec deployment(String... values) {
        return only(Deployment.class, render(values)).getFirst().getSpec();
    }

    private static Properties configuration(String... values) {
        var properties = new Properties();
        try {
            properties.load(new StringReader(only(ConfigMap.class, render(values))
                    .getFirst()
                    .getData()
                    .getOrDefault("application.properties", "")));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return properties;
    }

    private static Map<String, String> defaults(String prefix, Class<?> group) {
        var defaults = new HashMap<String, String>();
        for (var member : group.getMethods()) {
            var key = prefix + "." + StringUtil.skewer(member.getName());
            var declared = member.getAnnotation(WithDefault.class);
            if (declared != null) {
                defaults.put(key, declared.value());
            } else if (member.getReturnType().getEnclosingClass() == HearthConfig.class) {
                defaults.putAll(defaults(key, member.getReturnType()));
            }
        }
        return defaults;
    }

    static <T> List<T> only(Class<T> kind, List<HasMetadata> resources) {
        return resources.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    static List<HasMetadata> render(String... values) {
        var arguments = Stream.concat(
                        Stream.of("template", "hearth", CHART, "--kube-version=1.33"),
                        Stream.of(values).flatMap(value -> Stream.of("--set", value)))
                .toArray(String[]::new);
        Object resources = new KubernetesSerialization()
                .unmarshal(FinishedCommand.helm(arguments).succeeded());
        return ((List<?>) resources).stream().map(HasMetadata.class::cast).toList();
    }
}
