package dev.hearth.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * The storage, retention and limits that cluster admins set for pipelines. Pipelines choose one by name, like a
 * StorageClass.
 */
@Group(Pipeline.GROUP)
@Version(Pipeline.VERSION)
@Plural("cachepolicies")
@ShortNames("hpolicy")
@Categories("hearth")
@AdditionalPrinterColumn(name = "Default", jsonPath = ".spec.default", type = AdditionalPrinterColumn.Type.BOOLEAN)
@AdditionalPrinterColumn(name = "Used", jsonPath = ".status.used", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Limit", jsonPath = ".status.limit", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Scopes", jsonPath = ".status.scopes", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Provisioned",
        jsonPath = ".status.provisioned",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Evicted",
        jsonPath = ".status.evictions",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Class",
        jsonPath = ".spec.storage.className",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Size", jsonPath = ".spec.storage.size", type = AdditionalPrinterColumn.Type.STRING)
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
public class CachePolicy extends HearthResource<CachePolicySpec, CachePolicyStatus> {
    @Override
    @Required
    public CachePolicySpec getSpec() {
        return super.getSpec();
    }

    @Override
    String emptySpec() {
        return "{}";
    }
}
