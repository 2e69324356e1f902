package dev.hearth.api.schema;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.util.Comparator;
import java.util.List;

/**
 * Sorts the printer columns for people: owner, subject, state, age. The generator sorts them by path, which puts the
 * age first.
 */
final class ColumnOrder {
    private static final List<String> ORDER = List.of(
            "Pipeline",
            "Ref",
            "Trust",
            "Isolation",
            "Ready",
            "Status",
            "Phase",
            "Steps",
            "Seed",
            "Generation",
            "Used",
            "Cached",
            "Last run",
            "Result",
            "Age",
            "Message");
    /** Puts the size of the caches first, which is what cluster admins look for in a policy. */
    private static final List<String> POLICY = List.of(
            "Default", "Used", "Limit", "Scopes", "Provisioned", "Evicted", "Class", "Size", "Ready", "Status", "Age");

    private ColumnOrder() {}

    static void sort(CustomResourceDefinition definition) {
        var order = definition.getSpec().getNames().getKind().equals("CachePolicy") ? POLICY : ORDER;
        definition
                .getSpec()
                .getVersions()
                .forEach(each -> each.setAdditionalPrinterColumns(each.getAdditionalPrinterColumns().stream()
                        .sorted(Comparator.comparingInt(
                                (CustomResourceColumnDefinition column) -> position(order, column)))
                        .toList()));
    }

    private static int position(List<String> order, CustomResourceColumnDefinition column) {
        if (!order.contains(column.getName())) {
            throw new IllegalStateException("add column " + column.getName() + " to ColumnOrder");
        }
        return order.indexOf(column.getName());
    }
}
