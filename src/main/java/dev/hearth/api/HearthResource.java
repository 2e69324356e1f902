package dev.hearth.api;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An object of one of Hearth's kinds. Reading one never fails: a value that Java cannot read is left out and named by
 * {@link #unreadable}. Nothing may act on such an object, and it must not be written back.
 */
@JsonDeserialize(using = TolerantDeserializer.class)
public abstract class HearthResource<S, T extends HearthStatus> extends CustomResource<S, T> {
    static final String UNREADABLE = "unreadable";

    private @Nullable String unreadable;

    /** Which fields cannot be read, with their values; empty if all can. */
    public Optional<String> unreadable() {
        return Optional.ofNullable(unreadable);
    }

    void setUnreadable(String fields) {
        unreadable = fields;
    }

    /** Kept when an object is copied by way of JSON, as the SDK does. The API server has no such field and drops it. */
    @JsonAnyGetter
    public Map<String, String> unreadableFields() {
        return unreadable == null ? Map.of() : Map.of(UNREADABLE, unreadable);
    }

    /** Conditions of its status; none before there is a status. */
    public List<Condition> conditions() {
        return Optional.ofNullable(getStatus()).map(HearthStatus::conditions).orElse(List.of());
    }

    /** A spec in JSON that asks for nothing and belongs to nothing, in place of one that lacks what it must have. */
    abstract String emptySpec();
}
