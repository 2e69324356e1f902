package dev.hearth.core.buildcache;

import java.util.Optional;

/**
 * Class and size of a volume.
 *
 * @param className empty for the cluster's default one
 * @param size as Kubernetes writes it, such as 20Gi
 */
public record StorageChoice(Optional<String> className, String size) {}
