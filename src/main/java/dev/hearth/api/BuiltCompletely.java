package dev.hearth.api;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Generates a builder for a record as {@link BuiltByName} does, but one that asks for collections as well. It is for what
 * decisions are made from: an empty collection there says that something does not exist, so none is empty by omission.
 */
@RecordBuilder.Template(
        options =
                @RecordBuilder.Options(
                        builderMode = RecordBuilder.BuilderMode.STAGED_REQUIRED_ONLY,
                        nullablePattern = "Nullable",
                        defaultNotNull = true,
                        interpretNotNulls = true,
                        emptyDefaultForOptional = false,
                        enableGetters = false,
                        addStaticBuilder = false,
                        addClassRetainedGenerated = true))
@Retention(RetentionPolicy.SOURCE)
@Target(ElementType.TYPE)
public @interface BuiltCompletely {}
