package dev.hearth.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** A git repository, the refs to follow, and the steps to run for each commit. */
@Group(Pipeline.GROUP)
@Version(Pipeline.VERSION)
@ShortNames("hpl")
@Categories("hearth")
@AdditionalPrinterColumn(
        name = "Ready",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Status",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Last run",
        jsonPath = ".status.lastRun.name",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Result",
        jsonPath = ".status.lastRun.result",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@ValidationRule(
        value = "size(self.metadata.name) <= " + SchemaPatterns.PIPELINE_LENGTH,
        message = "a pipeline's name has at most " + SchemaPatterns.PIPELINE_LENGTH
                + " characters, because runs, pods and volumes are named after it: choose a shorter name")
@ValidationRule(
        value = "!self.metadata.name.contains('.')",
        message = "a pipeline's name has no dots, which are reserved for Hearth's own objects: use letters,"
                + " digits and dashes")
public class Pipeline extends HearthResource<PipelineSpec, PipelineStatus> implements Namespaced {
    public static final String GROUP = "hearth.dev";
    public static final String VERSION = "v1alpha1";

    @Override
    @Required
    public PipelineSpec getSpec() {
        return super.getSpec();
    }

    @Override
    String emptySpec() {
        return "{\"source\": {\"url\": \"\"}}";
    }
}
