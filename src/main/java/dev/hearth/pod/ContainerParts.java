package dev.hearth.pod;

import dev.hearth.api.Resources;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds the parts of a container: security context, environment, resources and literal text. */
public final class ContainerParts {
    private ContainerParts() {}

    /** Returns a security context without any rights. The caller sets the user. */
    public static SecurityContextBuilder unprivileged() {
        return new SecurityContextBuilder()
                .withReadOnlyRootFilesystem(true)
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile();
    }

    /**
     * Escapes text for a command or an environment variable, where Kubernetes expands {@code $(NAME)} and replaces two
     * dollar signs by one.
     */
    public static String literal(String text) {
        return text.replace("$", "$$");
    }

    /** Returns an environment variable, in whose value Kubernetes expands {@code $(NAME)}. */
    public static EnvVar variable(String name, String value) {
        return new EnvVarBuilder().withName(name).withValue(value).build();
    }

    /** Returns environment variables in the order of their names. Their values are not expanded. */
    public static List<EnvVar> environment(Map<String, String> variables) {
        return new TreeMap<>(variables)
                .entrySet().stream()
                        .map(variable -> variable(variable.getKey(), literal(variable.getValue())))
                        .toList();
    }

    public static ResourceRequirements resources(Resources resources) {
        return new ResourceRequirementsBuilder()
                .withRequests(resources.requests())
                .withLimits(resources.limits())
                .build();
    }
}
