package dev.hearth.controlplane;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.StepStatus;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.forge.FakeForge;
import dev.hearth.forge.FakeGitHubApp;
import dev.hearth.git.GitServer;
import dev.hearth.testbed.OperatorCertificate;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a test of a reconcile loop has for itself: a namespace, a repository whose main branch has a commit, and the fates of
 * its pods.
 */
public record ScriptedNamespace(
        FakeCluster cluster, TestNamespace work, PodScripts pods, GitServer.Repository repository, String commit)
        implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Set<String> CLUSTER = Set.of("storageclasses", "cachepolicies", "namespaces");
    /** Seconds for which somebody else holds the lease: long enough that the operator sees it at its next renewal. */
    private static final int SHORT_LEASE = 15;

    public static final String MAIN = "refs/heads/main";

    public static ScriptedNamespace open(String purpose) {
        return open(purpose, FakeCluster.shared());
    }

    /** In the cluster of tests that kill the operator, count its requests, or need its node: they hold {@link FakeCluster#APART}. */
    public static ScriptedNamespace openApart(String purpose) {
        return open(purpose, FakeCluster.apart());
    }

    private static ScriptedNamespace open(String purpose, FakeCluster cluster) {
        var work = new TestNamespace(
                cluster.cluster(), cluster.cluster().namespace(purpose), PATIENCE, cluster::operatorLog);
        var repository = cluster.git().create(work.namespace());
        var commit = repository.commit(MAIN, "Dockerfile", "FROM busybox\n");
        return new ScriptedNamespace(cluster, work, cluster.kubelet().scripts(work.namespace()), repository, commit);
    }

    public KubernetesClient client() {
        return work.client();
    }

    public String namespace() {
        return work.namespace();
    }

    /** Creates a pipeline called p, whose runs are started by hand, with the rest of its spec. */
    public Pipeline pipeline(String rest) {
        return pipeline(rest, repository.http().url());
    }

    /** Creates Secret forge with the token of {@link FakeForge}, which the pipeline may send to these hosts. */
    public void forgeToken(String hosts) {
        work.secret(
                "forge",
                "Opaque",
                Map.of(SecretConsent.PIPELINES, "p", SecretConsent.HOSTS, hosts),
                Map.of("token", FakeForge.TOKEN));
    }

    /** Creates Secret forge with the key of {@link FakeGitHubApp}, which the pipeline may use at all hosts. */
    public void appKey() {
        work.secret(
                "forge",
                "Opaque",
                Map.of(SecretConsent.PIPELINES, "p", SecretConsent.HOSTS, "*"),
                Map.of("privateKey", FakeGitHubApp.key()));
    }

    /** As {@link #pipeline(String)}, which reports to team/app at GitHub as {@link FakeGitHubApp}, with a webhook if there is one. */
    public Pipeline appPipeline(String url, @Nullable String webhook, String rest) {
        return appPipeline(url, webhook, "PerPipeline", rest);
    }

    /** As {@link #appPipeline(String, String, String)}, with check runs of this granularity. */
    public Pipeline appPipeline(String url, @Nullable String webhook, String statuses, String rest) {
        return work.apply("""
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: p}
                spec:
                  source: {url: "%s", allowPlainHttp: true}
                  forge:
                    type: GitHub
                    url: "%s"
                    repository: team/app
                    app: {id: %d, secretName: forge}
                    statuses: %s
                """.formatted(repository.http().url(), url, FakeGitHubApp.ID, statuses)
                + (webhook == null ? "" : "    webhook: {secretName: %s}\n".formatted(webhook))
                + rest.indent(2));
    }

    /** As {@link #pipeline(String)}, which may send tokens over plain HTTP, and reports to team/app at a forge. */
    public Pipeline reportingPipeline(String forge, String url, String rest) {
        return reportingPipeline(forge, url, "PerPipeline", rest);
    }

    /** As {@link #reportingPipeline(String, String, String)}, with statuses of this granularity. */
    public Pipeline reportingPipeline(String forge, String url, String statuses, String rest) {
        return work.apply("""
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: p}
                spec:
                  source: {url: "%s", allowPlainHttp: true}
                  forge: {type: %s, url: "%s", repository: team/app, token: {secretName: forge}, statuses: %s}
                """.formatted(repository.http().url(), forge, url, statuses) + rest.indent(2));
    }

    /** As {@link #pipeline(String)}, of a repository of another address. */
    public Pipeline pipeline(String rest, String url) {
        return work.apply("""
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: p}
                spec:
                  source: {url: "%s"}
                """.formatted(url) + rest.indent(2));
    }

    /** Creates a policy named after the namespace, from its spec in one line of YAML. */
    public CachePolicy policy(String spec) {
        return client().resource(Serialization.unmarshal("""
                        apiVersion: hearth.dev/v1alpha1
                        kind: CachePolicy
                        metadata: {name: %s}
                        spec: %s
                        """.formatted(namespace(), spec), CachePolicy.class))
                .create();
    }

    public List<CacheScope> scopes() {
        return client().resources(CacheScope.class)
                .inNamespace(namespace())
                .list()
                .getItems();
    }

    public CacheScope scope(String ref) {
        return scopes().stream()
                .filter(scope -> scope.getSpec().ref().equals(ref))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no scope of " + ref));
    }

    /** Waits for a state of the one volume of a ref's scope. */
    public ScopeVolume volume(String ref, Predicate<ScopeVolume> state) {
        return work.until(
                "the volume of " + ref,
                () -> scopes().stream()
                        .filter(scope -> scope.getSpec().ref().equals(ref))
                        .flatMap(scope -> scope.volumes().stream())
                        .filter(state)
                        .findFirst());
    }

    /** Waits until no run holds the volume of the main branch, and its newest generation has this number. */
    public ScopeVolume sealed(int generation) {
        return volume(
                MAIN,
                volume -> volume.run() == null
                        && volume.newest()
                                .filter(newest -> newest.number() == generation)
                                .isPresent());
    }

    /** Waits until the scope of a ref is stalled for a reason. */
    public void stalls(String ref, String reason) {
        work.until(
                "scope of " + ref + " to stall: " + reason,
                () -> TestNamespace.condition(scope(ref), "Stalled")
                        .filter(stalled -> stalled.status().equals("True")
                                && stalled.reason().equals(reason)));
    }

    /** Waits until the scope of a ref is stalled no longer. */
    public void volumeIsPossible(String ref) {
        work.until(
                "scope of " + ref,
                () -> TestNamespace.condition(scope(ref), "Stalled")
                        .filter(stalled -> stalled.status().equals("False")));
    }

    public void patch(HasMetadata object, String change) {
        client().resource(object).patch(PatchContext.of(PatchType.JSON_MERGE), change);
    }

    /** Starts a run of the pipeline on main. */
    public PipelineRun start() {
        return work.start("p", MAIN, null);
    }

    /** Starts a run of the pipeline on another ref. */
    public PipelineRun start(String ref) {
        return work.start("p", ref, null);
    }

    /** Starts a run of the pipeline on main, whose name is known before. */
    public PipelineRun startAs(String name) {
        return startAs(name, MAIN, null);
    }

    /** Creates a run of a name, for a commit of a ref. */
    public PipelineRun startAs(String name, String ref, @Nullable String commit) {
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace())
                .withName(name)
                .build());
        run.setSpec(PipelineRunSpec.of("p", ref, commit));
        return client().resource(run).create();
    }

    public void cancel(PipelineRun run) {
        patch(run, "{\"spec\": {\"cancel\": true}}");
    }

    /** Waits for a pod whose name contains this. */
    public Pod pod(String name) {
        return work.until(
                "a pod " + name,
                () -> client().pods().inNamespace(namespace()).list().getItems().stream()
                        .filter(pod -> pod.getMetadata().getName().contains(name))
                        .findFirst());
    }

    public PipelineRun finished(PipelineRun run) {
        return work.finished(run);
    }

    /** Waits for a step's state and reason. */
    public StepStatus until(PipelineRun run, String step, StepStatus.State state, String reason) {
        var seen = work.until(
                run,
                it -> it.getStatus().steps().stream()
                        .anyMatch(each ->
                                each.name().equals(step) && each.state() == state && reason.equals(each.reason())));
        return TestNamespace.step(seen, step);
    }

    /** Waits for a step's state. */
    public StepStatus until(PipelineRun run, String step, StepStatus.State state) {
        var seen = work.until(
                run,
                it -> it.getStatus().steps().stream()
                        .anyMatch(each -> each.name().equals(step) && each.state() == state));
        return TestNamespace.step(seen, step);
    }

    /** Requests of the operator about this namespace or the whole cluster, apart from watches, leases and the sweep. */
    public List<ApiRequest> requests() {
        return cluster.proxy().requests().stream()
                .filter(request -> request.namespace().equals(namespace())
                        || (request.namespace().isEmpty() && CLUSTER.contains(request.resource())))
                .filter(request -> !request.verb().equals("watch"))
                .toList();
    }

    /** Refuses all that the operator reports about runs here. Returns what ends that. */
    public Runnable refuseStatusesOfRuns() {
        return FakeCluster.shared()
                .proxy()
                .answer(request -> request.isWrite()
                                && request.resource().equals("pipelineruns/status")
                                && request.namespace().equals(namespace())
                        ? Optional.of(ApiProxy.Answer.status(500, "InternalError", "refused by the test"))
                        : Optional.empty());
    }

    /** Waits until no pod's name contains this. */
    public void isGone(String name) {
        work.until(
                "no pod " + name,
                () -> client().pods().inNamespace(namespace()).list().getItems().stream()
                                .noneMatch(pod -> pod.getMetadata().getName().contains(name))
                        ? Optional.of(true)
                        : Optional.empty());
    }

    /** Waits until the operator has nothing more to do here. */
    public void settled() {
        var requests = new AtomicInteger(-1);
        work.until("the operator to rest", () -> {
            var now = requests().size();
            return requests.getAndSet(now) == now ? Optional.of(true) : Optional.empty();
        });
    }

    /** Waits for an event about an object, with these words. */
    public void hasEvent(HasMetadata about, String reason, String words) {
        hasEvent(
                reason,
                event -> about.getMetadata()
                                .getUid()
                                .equals(event.getInvolvedObject().getUid())
                        && event.getMessage().contains(words));
    }

    /** Waits for an event with these words. */
    public void hasEvent(String reason, String words) {
        hasEvent(reason, event -> event.getMessage().contains(words));
    }

    private void hasEvent(String reason, Predicate<Event> which) {
        work.until(
                "event " + reason,
                () -> client().v1().events().inNamespace(namespace()).list().getItems().stream()
                        .filter(event -> reason.equals(event.getReason()) && which.test(event))
                        .findFirst());
    }

    /** Does something, and waits until a controller has reconciled something since. */
    public void isReconciled(String controller, Runnable act) {
        var before = cluster.reconciliations(controller);
        act.run();
        work.until(
                "controller " + controller,
                () -> Optional.of(cluster.reconciliations(controller)).filter(now -> now > before));
    }

    /** Of all series of one of the operator's meters that have a label. */
    public double meter(String name, String label, String value) {
        return cluster.sum(name, label, value);
    }

    /** Waits for a line of the audit log about this namespace with these words: it is written once the event has happened. */
    public String untilAudited(String words) {
        return work.until(
                "an audit line with " + words,
                () -> cluster.operator().log().stream()
                        .filter(line -> line.contains("\"loggerName\":\"hearth.audit\""))
                        .filter(line -> line.contains("\"audit.namespace\":\"" + namespace() + "\""))
                        .filter(line -> line.contains(words))
                        .findFirst());
    }

    /** Tells one process of the operator from the next. */
    public long operatorProcess() {
        return cluster.operator().pid();
    }

    /** Where the forge of the pipeline sends its webhooks. The certificate is the operator's own. */
    public URI webhook() {
        try {
            return URI.create("https://localhost:%d/v1alpha1/webhooks/%s/p"
                    .formatted(cluster.operator().webPort(), namespace()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a webhook of the pipeline, with these headers. Returns the status of the answer. */
    public int webhook(String body, Map<String, String> headers) {
        try (var http = HttpClient.newBuilder()
                .sslContext(OperatorCertificate.trusting(client(), "default"))
                .build()) {
            var request = HttpRequest.newBuilder(webhook()).timeout(PATIENCE).POST(BodyPublishers.ofString(body));
            headers.forEach(request::header);
            return http.send(request.build(), BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits until the newest status of a commit at a forge has this state, and a text that begins so. */
    public void untilShown(FakeForge forge, String commit, String state, String beginning) {
        work.until(
                "status " + state + ", " + beginning,
                () -> forge.statuses(commit).stream()
                        .reduce((_, later) -> later)
                        .filter(it ->
                                it.state().equals(state) && it.description().startsWith(beginning)));
    }

    /** Gives the lease of the operator to somebody else, and waits until the operator has ended for it and leads again. */
    public void takeLease() {
        var operator = cluster.operator();
        var before = operator.pid();
        lease().edit(lease -> {
            lease.getSpec().setHolderIdentity("somebody-else");
            lease.getSpec().setRenewTime(ZonedDateTime.now(ZoneOffset.UTC));
            lease.getSpec().setLeaseDurationSeconds(SHORT_LEASE);
            return lease;
        });
        work.until(
                "another operator", () -> Optional.of(operator.pid()).filter(pid -> pid != before && operator.leads()));
    }

    /** Leaves one request about the lease without an answer, and waits until the operator has renewed the lease since. */
    public void loseRequestAboutLease() {
        var lost = new CompletableFuture<ZonedDateTime>();
        var end = cluster.proxy()
                .answer(request ->
                        request.resource().equals("leases") && lost.complete(ZonedDateTime.now(ZoneOffset.UTC))
                                ? Optional.of(ApiProxy.Answer.NEVER)
                                : Optional.empty());
        work.until(
                "the lease to be renewed",
                () -> Optional.ofNullable(lost.getNow(null))
                        .filter(since -> lease().get().getSpec().getRenewTime().isAfter(since)));
        end.run();
    }

    /** Ends the operator as a kubelet does, and returns who then holds the lease. Starts the operator again. */
    public Optional<String> holderAfterEnd() {
        try {
            var operator = cluster.operator();
            operator.end();
            var holder = Optional.ofNullable(lease().get().getSpec().getHolderIdentity());
            operator.startAfterEnd();
            return holder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Resource<Lease> lease() {
        return client().leases().inNamespace("default").withName("hearth");
    }

    /** Kills the operator and starts it again: for tests that have it for themselves. */
    public void restartOperator() {
        try {
            cluster.operator().restart();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        work.close();
    }
}
