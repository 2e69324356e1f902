package dev.hearth.core.buildcache;

import java.util.Optional;

/**
 * The storage class and size of a new volume.
 *
 * @param className empty for the cluster's default class
 * @param size a Kubernetes quantity, such as 20Gi
 */
public record StorageChoice(Optional<String> className, String size) {}
