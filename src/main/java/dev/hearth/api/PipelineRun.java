package dev.hearth.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** One execution of a pipeline for one commit of one ref. */
@Group(Pipeline.GROUP)
@Version(Pipeline.VERSION)
@ShortNames("hrun")
@Categories("hearth")
@AdditionalPrinterColumn(name = "Pipeline", jsonPath = ".spec.pipeline", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Ref", jsonPath = ".spec.ref", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Steps", jsonPath = ".status.progress", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Cached", jsonPath = ".status.cached", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
        name = "Message",
        jsonPath = ".status.conditions[?(@.type==\"Succeeded\")].message",
        priority = 1,
        type = AdditionalPrinterColumn.Type.STRING)
public class PipelineRun extends HearthResource<PipelineRunSpec, PipelineRunStatus> implements Namespaced {
    @Override
    @Required
    public PipelineRunSpec getSpec() {
        return super.getSpec();
    }

    @Override
    String emptySpec() {
        return "{\"pipeline\": \"\", \"ref\": \"refs/unreadable\"}";
    }
}
