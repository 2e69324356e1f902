package dev.hearth.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import java.util.Optional;

/** All caches of one ref of one pipeline. Hearth creates it, with one cache volume per platform. */
@Group(Pipeline.GROUP)
@Version(Pipeline.VERSION)
@ShortNames("hscope")
@Categories("hearth")
@AdditionalPrinterColumn(name = "Pipeline", jsonPath = ".spec.pipeline", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Ref", jsonPath = ".spec.ref", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Trust", jsonPath = ".spec.trust", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Isolation",
        jsonPath = ".status.isolation",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Seed",
        jsonPath = ".status.volumes[*].seed.mode",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Generation",
        jsonPath = ".status.volumes[*].generation",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Used", jsonPath = ".status.used", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Cached", jsonPath = ".status.cached", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Last run", jsonPath = ".status.lastRun", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Ready",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Status",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public class CacheScope extends HearthResource<CacheScopeSpec, CacheScopeStatus> implements Namespaced {
    @Override
    @Required
    public CacheScopeSpec getSpec() {
        return super.getSpec();
    }

    /** Returns its cache volumes. Empty before the scope has a status. */
    public List<ScopeVolume> volumes() {
        return Optional.ofNullable(getStatus()).map(CacheScopeStatus::volumes).orElse(List.of());
    }

    /** Returns its volumes for task caches. Empty before the scope has a status. */
    public List<TaskCacheVolume> taskCaches() {
        return Optional.ofNullable(getStatus())
                .map(CacheScopeStatus::taskCaches)
                .orElse(List.of());
    }

    @Override
    String emptySpec() {
        return "{\"pipeline\": \"\", \"ref\": \"refs/unreadable\", \"trust\": \"Untrusted\"}";
    }
}
