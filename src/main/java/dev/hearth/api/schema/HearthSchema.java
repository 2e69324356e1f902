package dev.hearth.api.schema;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.lang.reflect.AnnotatedParameterizedType;
import java.util.List;

/** Completes the generated definition of each kind: the bounds of its fields, and the order of its printer columns. */
public class HearthSchema implements CRDPostProcessor {
    /** The kinds whose definitions are generated. */
    public static final List<Class<? extends HasMetadata>> KINDS =
            List.of(Pipeline.class, PipelineRun.class, CacheScope.class, CachePolicy.class);

    @Override
    public HasMetadata process(HasMetadata resource, String version) {
        if (resource instanceof CustomResourceDefinition definition) {
            bind(definition);
            ColumnOrder.sort(definition);
        }
        return resource;
    }

    private static void bind(CustomResourceDefinition definition) {
        var kind = definition.getSpec().getNames().getKind();
        var type = KINDS.stream()
                .filter(each -> each.getSimpleName().equals(kind))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("add " + kind + " to HearthSchema.KINDS"));
        var arguments = ((AnnotatedParameterizedType) type.getAnnotatedSuperclass()).getAnnotatedActualTypeArguments();
        definition.getSpec().getVersions().forEach(version -> {
            var schema = version.getSchema().getOpenAPIV3Schema();
            Bounds.ofSpec(arguments[0], schema);
            Bounds.ofStatus(arguments[1], schema);
        });
    }
}
