package dev.hearth.core.trigger;

import dev.hearth.api.TriggersSpec;
import dev.hearth.api.WebhookDelivery;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.text.Text;

/** Says what deliveries of the past would start by other triggers. */
public record DeliveryPreview(RefFilter filter) {
    /** Of a ref in a sentence. The delivery has the whole name. */
    private static final int LONGEST_NAME = 100;

    public static DeliveryPreview of(TriggersSpec triggers) {
        return new DeliveryPreview(RefFilter.of(
                triggers.branches(), triggers.tags(), triggers.pullRequests().enabled()));
    }

    /** Returns a delivery with what it would start. */
    public WebhookDelivery added(WebhookDelivery delivery) {
        return delivery.withWouldStart(wouldStart(delivery));
    }

    private String wouldStart(WebhookDelivery delivery) {
        if (delivery.ref() == null) {
            return "not known: the event names no ref";
        }
        if (Delivery.Told.DELETED.equals(delivery.commit())) {
            return "nothing: the ref was deleted";
        }
        var ref = GitRef.of(delivery.ref());
        var name = Text.abbreviate(ref.shortName(), LONGEST_NAME);
        return filter.follows(ref)
                ? "a run of " + name + ", unless its commit has had one or is skipped"
                        + (ref.kind() == GitRef.Kind.PULL_REQUEST ? ", or its pull request waits or is ignored" : "")
                : "nothing: "
                        + switch (ref.kind()) {
                            case BRANCH -> "spec.triggers.branches has no pattern for " + name;
                            case TAG -> "spec.triggers.tags has no pattern for " + name;
                            case PULL_REQUEST -> "spec.triggers.pullRequests.enabled is false";
                            case MERGE_GROUP ->
                                "spec.triggers.branches has no pattern for the branch of the merge group";
                            case OTHER -> "the ref is not a branch, a tag or the head of a pull request";
                        };
    }
}
