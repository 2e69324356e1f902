package dev.hearth.api;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Generates a builder for a record, so that each component is set by its name. {@code XBuilder.builder()} asks for the
 * components that are neither {@code @Nullable} nor collections, in their order, before it lets a record be built, and
 * rejects null for them; the others are null or empty if they are not set. A record that implements {@code XBuilder.With}
 * has {@code withComponent} methods, which return a copy with one change.
 */
@RecordBuilder.Template(
        options =
                @RecordBuilder.Options(
                        builderMode = RecordBuilder.BuilderMode.STAGED_REQUIRED_ONLY,
                        nullablePattern = "Nullable",
                        defaultNotNull = true,
                        interpretNotNulls = true,
                        useImmutableCollections = true,
                        enableGetters = false,
                        addStaticBuilder = false,
                        addClassRetainedGenerated = true))
@Retention(RetentionPolicy.SOURCE)
@Target(ElementType.TYPE)
public @interface BuiltByName {}
