package dev.hearth.controller.support;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** How log lines name a resource: {@code Pod ci/hello-1}, or {@code CachePolicy default} where it has no namespace. */
public final class ResourceName {
    private ResourceName() {}

    public static String of(HasMetadata resource) {
        var meta = resource.getMetadata();
        var namespace = meta.getNamespace() == null ? "" : meta.getNamespace() + "/";
        return resource.getKind() + " " + namespace + meta.getName();
    }
}
