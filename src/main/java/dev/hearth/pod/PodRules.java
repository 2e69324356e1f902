package dev.hearth.pod;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PodsSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.Resources;
import dev.hearth.api.ServiceSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.TaskSpec.PodSecurity;
import dev.hearth.api.Toleration;
import dev.hearth.api.Trust;
import dev.hearth.api.UserNamespaceMode;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the admin allows the pods of a run to be and take. A run of a ref that is not trusted never gets more than Pod
 * Security level restricted.
 *
 * @param allowed with a decision in every field
 * @param trust of the run
 * @param closed why no pod is allowed at all
 */
public record PodRules(PodsSpec allowed, Trust trust, Optional<StatusReason> closed) {
    /** Where an admin changes what is allowed. */
    private static final String WHERE =
            " of the CachePolicy that the pipeline follows, or in pods of the Helm chart's values";

    /** Labels of every node that say nothing but where its images run and where its storage is. */
    private static final Set<String> WELL_KNOWN = Set.of(
            "kubernetes.io/os", "kubernetes.io/arch", "topology.kubernetes.io/zone", "topology.kubernetes.io/region");

    /** The rules where an admin has decided nothing. */
    public static PodRules standard(Trust trust) {
        return of(PodsSpec.NONE, PodsSpec.NONE, trust);
    }

    /**
     * The rules of a run.
     *
     * @param policy what the policy that its pipeline follows says
     * @param installation what holds where the policy says nothing
     */
    public static PodRules of(PodsSpec policy, PodsSpec installation, Trust trust) {
        return new PodRules(policy.or(installation).or(PodsSpec.DEFAULT), trust, Optional.empty());
    }

    /** Rules that allow nothing, where it cannot be known what the policy forbids. */
    public static PodRules closed(StatusReason why, PodsSpec installation, Trust trust) {
        return new PodRules(installation.or(PodsSpec.DEFAULT), trust, Optional.of(why));
    }

    public boolean trusted() {
        return trust == Trust.Trusted;
    }

    /** Whether pods of tasks have user namespaces. */
    public UserNamespaceMode userNamespaces() {
        return decided(allowed.userNamespaces());
    }

    /** The first thing in a pipeline that its runs are not allowed. */
    public Optional<StatusReason> refusal(PipelineSpec pipeline) {
        return closed.or(() -> Stream.concat(
                        pipeline.builds().stream().map(this::refusal),
                        pipeline.tasks().stream().map(this::refusal))
                .flatMap(Optional::stream)
                .findFirst());
    }

    /** Why a step's pod is not made; a step without a pod of its pipeline's is always allowed. */
    public Optional<StatusReason> refusal(Step step) {
        return switch (step) {
            case Step.Build build -> closed.or(() -> refusal(build.spec()));
            case Step.Task task -> closed.or(() -> refusal(task.spec()));
            case Step.MatrixReader listing -> closed.or(() -> refusal(listing.spec()));
            case Step.Index _, Step.ArtifactUpload _ -> Optional.empty();
        };
    }

    private Optional<StatusReason> refusal(BuildSpec build) {
        return excess("spec.builds[" + build.name() + "].resources", build.resources())
                .map(PodRules::refused);
    }

    private Optional<StatusReason> refusal(TaskSpec task) {
        var field = "spec.tasks[" + task.name() + "]";
        return Stream.of(
                        level(field, task.podSecurity()).stream(),
                        selector(field, task.nodeSelector()).stream(),
                        task.tolerations().stream()
                                .filter(asked ->
                                        decided(allowed.tolerations()).stream().noneMatch(may -> covers(may, asked)))
                                .map(asked -> field + ".tolerations: " + toString(asked) + " is not allowed, only "
                                        + listed(decided(allowed.tolerations()).stream()
                                                .map(PodRules::toString)
                                                .toList())
                                        + ": an admin allows it in tolerations" + WHERE),
                        runtimeClass(field, task.runtimeClassName()).stream(),
                        excess(field + ".resources", task.resources()).stream(),
                        task.services().stream()
                                .flatMap(
                                        service -> excess(
                                                field + ".services[" + service.name() + "].resources",
                                                service.resources())
                                                .stream()))
                .flatMap(found -> found)
                .findFirst()
                .map(PodRules::refused);
    }

    private static StatusReason refused(String why) {
        return new StatusReason(Reason.PodNotAllowed, why);
    }

    private Optional<String> level(String field, PodSecurity asked) {
        var most = decided(allowed.podSecurity());
        if (!trusted() && asked != PodSecurity.Restricted) {
            return Optional.of(
                    field + ".podSecurity: " + asked + " is not allowed: a run of a ref that is not trusted has"
                            + " Restricted, whatever a policy says; spec.trust names the refs that are trusted");
        }
        return asked.compareTo(most) > 0
                ? Optional.of(field + ".podSecurity: " + asked + " is not allowed, " + most
                        + " is the highest: an admin raises it in podSecurity" + WHERE)
                : Optional.empty();
    }

    private Optional<String> selector(String field, Map<String, String> asked) {
        var may = new TreeSet<>(WELL_KNOWN);
        may.addAll(decided(allowed.nodeSelectorKeys()));
        return asked.keySet().stream()
                .filter(key -> !may.contains(key))
                .sorted()
                .findFirst()
                .map(key -> field + ".nodeSelector: key " + key + " is not allowed, only " + listed(may)
                        + ": an admin allows it in nodeSelectorKeys" + WHERE);
    }

    private Optional<String> runtimeClass(String field, @Nullable String asked) {
        var may = decided(allowed.runtimeClassNames());
        return asked == null || may.contains(asked)
                ? Optional.empty()
                : Optional.of(field + ".runtimeClassName: " + asked + " is not allowed, only " + listed(may)
                        + ": an admin allows it in runtimeClassNames" + WHERE);
    }

    private Optional<String> excess(String field, @Nullable Resources asked) {
        if (asked == null) {
            return Optional.empty();
        }
        return Stream.concat(
                        excess(field + ".requests", asked.requests()).stream(),
                        excess(field + ".limits", asked.limits()).stream())
                .findFirst();
    }

    private Optional<String> excess(String field, Map<String, Quantity> asked) {
        var ceiling = decided(allowed.ceiling());
        return asked.keySet().stream()
                .sorted()
                .flatMap(name -> {
                    var most = ceiling.get(name);
                    var value = Objects.requireNonNull(asked.get(name));
                    if (most != null && compare(value, most) <= 0) {
                        return Stream.empty();
                    }
                    var what = most == null
                            ? "only " + listed(new TreeSet<>(ceiling.keySet())) + " can be asked for"
                            : most + " is the most";
                    return Stream.of(field + "." + name + ": " + value + " is not allowed, " + what
                            + ": an admin raises it in ceiling" + WHERE);
                })
                .findFirst();
    }

    /** Whether the other tolerates everything that this toleration does. */
    private static boolean covers(Toleration may, Toleration asked) {
        var key = may.key() == null
                ? may.operator() == Toleration.Operator.Exists
                : may.key().equals(asked.key());
        var value = may.operator() == Toleration.Operator.Exists
                || (asked.operator() != Toleration.Operator.Exists
                        && Objects.requireNonNullElse(may.value(), "")
                                .equals(Objects.requireNonNullElse(asked.value(), "")));
        return key && value && (may.effect() == null || may.effect() == asked.effect());
    }

    private static String toString(Toleration toleration) {
        var key = Objects.requireNonNullElse(toleration.key(), "every key");
        var value = toleration.operator() == Toleration.Operator.Exists
                ? ""
                : "=" + Objects.requireNonNullElse(toleration.value(), "");
        return key + value + (toleration.effect() == null ? "" : ":" + toleration.effect());
    }

    private static String listed(Collection<String> may) {
        return may.isEmpty() ? "none" : String.join(", ", may);
    }

    public Resources resources(TaskSpec task) {
        return filled(task.resources(), decided(allowed.tasks()));
    }

    public Resources resources(ServiceSpec service) {
        return filled(service.resources(), decided(allowed.services()));
    }

    /** What a daemon gets that several builds share: of each resource the largest that one of them asks for. */
    public Resources resources(List<Step.Build> builds) {
        var requests = new HashMap<String, Quantity>();
        var limits = new HashMap<String, Quantity>();
        for (Step.Build build : builds) {
            var asked = build.spec().resources();
            if (asked != null) {
                asked.requests().forEach((name, value) -> requests.merge(name, value, PodRules::larger));
                asked.limits().forEach((name, value) -> limits.merge(name, value, PodRules::larger));
            }
        }
        limits.replaceAll((name, limit) -> larger(limit, requests.getOrDefault(name, limit)));
        return filled(new Resources(requests, limits), decided(allowed.builds()));
    }

    /**
     * With the standard where nothing is asked for. What is asked for wins: a standard limit is raised to a request, and a
     * standard request lowered to a limit. No standard exceeds the ceiling.
     */
    private Resources filled(@Nullable Resources asked, Resources standard) {
        var wanted = asked == null ? new Resources(Map.of(), Map.of()) : asked;
        var ceiling = decided(allowed.ceiling());
        var requests = new HashMap<>(limited(ceiling, standard.requests()));
        var limits = new HashMap<>(limited(ceiling, standard.limits()));
        requests.putAll(wanted.requests());
        limits.replaceAll((name, limit) -> larger(limit, requests.getOrDefault(name, limit)));
        limits.putAll(wanted.limits());
        standard.requests().keySet().stream()
                .filter(name -> !wanted.requests().containsKey(name))
                .forEach(name -> requests.computeIfPresent(
                        name, (_, request) -> smaller(request, limits.getOrDefault(name, request))));
        return new Resources(requests, limits);
    }

    private static Map<String, Quantity> limited(Map<String, Quantity> ceiling, Map<String, Quantity> standard) {
        return standard.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> smaller(entry.getValue(), ceiling.getOrDefault(entry.getKey(), entry.getValue()))));
    }

    private static Quantity larger(Quantity one, Quantity other) {
        return compare(one, other) >= 0 ? one : other;
    }

    private static Quantity smaller(Quantity one, Quantity other) {
        return compare(one, other) <= 0 ? one : other;
    }

    private static int compare(Quantity one, Quantity other) {
        return one.compareTo(other);
    }

    private static <T> T decided(@Nullable T field) {
        return Objects.requireNonNull(field, "rules have a decision in every field");
    }
}
