package dev.hearth.app;

import dev.hearth.budget.ResponseBudget;
import dev.hearth.budget.ResponseLimits;
import dev.hearth.config.HearthConfig;
import io.fabric8.kubernetes.api.model.Quantity;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Produces the response budget: one for all answers of git servers and forges. */
class BudgetProducer {

    @Produces
    @Singleton
    ResponseBudget budget(HearthConfig config) {
        var responses = config.responses();
        var limits = ResponseLimits.ofHeap(Runtime.getRuntime().maxMemory())
                .withAtOnce(responses.atOnce())
                .withRefs(responses.refs());
        return new ResponseBudget(responses
                .largest()
                .map(size -> Quantity.getAmountInBytes(Quantity.parse(size)).longValueExact())
                .map(limits::withLargest)
                .orElse(limits));
    }
}
