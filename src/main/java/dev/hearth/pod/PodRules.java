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
 * Decides which pods a run may create and which resources they get. An untrusted run never gets more than Pod Security
 * level Restricted.
 *
 * @param allowed what the admin allows, with a value in every field
 * @param trust trust of the run
 * @param closed why no pod is allowed; empty if {@code allowed} decides
 */
public record PodRules(PodsSpec allowed, Trust trust, Optional<StatusReason> closed) {
    /** Tells an admin where to change a rule. */
    private static final String WHERE = " of the pipeline's CachePolicy, or in pods of the Helm chart's values";

    /** Labels of every node that concern only its platform and the location of its storage. */
    private static final Set<String> WELL_KNOWN = Set.of(
            "kubernetes.io/os", "kubernetes.io/arch", "topology.kubernetes.io/zone", "topology.kubernetes.io/region");

    /** Returns the rules that hold if no admin has set any. */
    public static PodRules standard(Trust trust) {
        return of(PodsSpec.NONE, PodsSpec.NONE, trust);
    }

    /**
     * Returns the rules of a run.
     *
     * @param policy rules of the pipeline's policy
     * @param installation rules of the installation, for fields that the policy does not set
     */
    public static PodRules of(PodsSpec policy, PodsSpec installation, Trust trust) {
        return new PodRules(policy.or(installation).or(PodsSpec.DEFAULT), trust, Optional.empty());
    }

    /** Returns rules that allow no pod. They hold while the policy cannot be read. */
    public static PodRules closed(StatusReason why, PodsSpec installation, Trust trust) {
        return new PodRules(installation.or(PodsSpec.DEFAULT), trust, Optional.of(why));
    }

    public boolean trusted() {
        return trust == Trust.Trusted;
    }

    /** Returns whether task pods get user namespaces. */
    public UserNamespaceMode userNamespaces() {
        return decided(allowed.userNamespaces());
    }

    /** Returns why runs of a pipeline are not allowed: the first field that violates a rule. Empty if none does. */
    public Optional<StatusReason> refusal(PipelineSpec pipeline) {
        return closed.or(() -> Stream.concat(
                        pipeline.builds().stream().map(this::refusal),
                        pipeline.tasks().stream().map(this::refusal))
                .flatMap(Optional::stream)
                .findFirst());
    }

    /**
     * Returns why the pod of a step is not allowed. Empty if it is; steps that run no code of the pipeline always are.
     */
    public Optional<StatusReason> refusal(Step step) {
        return switch (step) {
            case Step.Build build -> closed.or(() -> refusal(build.spec()));
            case Step.Task task -> closed.or(() -> refusal(task.spec()));
            case Step.MatrixReader reader -> closed.or(() -> refusal(reader.spec()));
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
            return Optional.of(field + ".podSecurity: " + asked
                    + " is not allowed in an untrusted run, even if the policy allows it:"
                    + " set Restricted, or list the ref in spec.trust");
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
                            ? "only " + listed(new TreeSet<>(ceiling.keySet())) + " can be requested"
                            : most + " is the maximum";
                    return Stream.of(field + "." + name + ": " + value + " is not allowed, " + what
                            + ": an admin raises it in ceiling" + WHERE);
                })
                .findFirst();
    }

    /** Whether an allowed toleration tolerates every taint that the requested one does. */
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

    /** Returns the resources of a task's command. */
    public Resources resources(TaskSpec task) {
        return filled(task.resources(), decided(allowed.tasks()));
    }

    /** Returns the resources of a service. */
    public Resources resources(ServiceSpec service) {
        return filled(service.resources(), decided(allowed.services()));
    }

    /**
     * Returns the resources of the daemon that several builds share: for each resource, the largest value of a build.
     */
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
     * Adds the standard values for resources that the spec does not set. The spec takes precedence: a standard limit is
     * raised to the spec's request, and a standard request is lowered to the spec's limit. No standard value exceeds
     * the ceiling.
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
        return Objects.requireNonNull(field, "rules have a value in every field");
    }
}
