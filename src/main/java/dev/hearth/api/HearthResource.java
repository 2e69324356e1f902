package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.fabric8.kubernetes.client.CustomResource;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A custom resource of Hearth. Parsing one never fails: a value that Java cannot read is omitted, and {@link
 * #unreadable} names it. An object with such values must neither be acted on nor be written back.
 */
@JsonDeserialize(using = TolerantDeserializer.class)
public abstract class HearthResource<S, T extends HearthStatus> extends CustomResource<S, T> {
    static final String UNREADABLE = "unreadable";

    private @Nullable String unreadable;

    /** Names the fields that cannot be read, with their values. Empty if all fields can be read. */
    public Optional<String> unreadable() {
        return Optional.ofNullable(unreadable);
    }

    void setUnreadable(String fields) {
        unreadable = fields;
    }

    /** Keeps {@link #unreadable} in copies that the SDK makes through JSON. The API server drops this unknown field. */
    @JsonAnyGetter
    public Map<String, String> unreadableFields() {
        return unreadable == null ? Map.of() : Map.of(UNREADABLE, unreadable);
    }

    public String name() {
        return getMetadata().getName();
    }

    /** Returns what a later object of the same name does not have. */
    public String uid() {
        return getMetadata().getUid();
    }

    /** Returns the namespace, which resources of cluster-wide kinds do not have. */
    public String namespace() {
        return getMetadata().getNamespace();
    }

    public Instant createdAt() {
        return Instant.parse(getMetadata().getCreationTimestamp());
    }

    public Long generation() {
        return getMetadata().getGeneration();
    }

    public Map<String, String> annotations() {
        return Objects.requireNonNullElse(getMetadata().getAnnotations(), Map.of());
    }

    /** Returns the conditions of the status. Empty before the object has a status. */
    public List<Condition> conditions() {
        return Optional.ofNullable(getStatus()).map(HearthStatus::conditions).orElse(List.of());
    }

    /** Returns a spec in JSON with the required fields only. It replaces a spec that lacks a required field. */
    abstract String emptySpec();
}
