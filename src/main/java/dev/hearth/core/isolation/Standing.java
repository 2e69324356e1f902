package dev.hearth.core.isolation;

import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.Condition;
import dev.hearth.api.Isolation;
import dev.hearth.api.Preflight;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.status.Conditions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a scope's status says of isolation.
 *
 * @param form that builds have, once that is known
 * @param preflight what the last trial showed
 */
public record Standing(Optional<Isolation> form, Optional<Preflight> preflight) {

    /** What was known before. */
    public static Standing of(Optional<CacheScopeStatus> before) {
        return new Standing(before.map(CacheScopeStatus::isolation), before.map(CacheScopeStatus::preflight));
    }

    /** With what was found since. */
    public Standing with(Verdict verdict, Instant now) {
        return switch (verdict) {
            case Verdict.Unasked _, Verdict.Open _ -> this;
            case Verdict.Chosen(Isolation found, Finding why) -> {
                var known = preflight.filter(
                        it -> found == it.found() && why.message().equals(it.message()));
                yield new Standing(Optional.of(found), known.or(() -> Optional.of(preflight(now, found, why))));
            }
            // Always with its time: it is an answer to those runs that wait now.
            case Verdict.Refused(Finding why) ->
                new Standing(form, Optional.of(new Preflight(now.toString(), null, why.reason(), why.message())));
        };
    }

    /** Why no build can run, if that is what was found last. */
    public Optional<Finding> refusal() {
        return preflight.filter(it -> it.found() == null).map(it -> new Finding(it.reason(), it.message()));
    }

    /**
     * A scope's conditions: what it waits for or lacks, and as Isolated the guarantee that builds have, with why it is
     * not a stronger one.
     *
     * @param well what there is to say if nothing is wrong
     */
    public List<Condition> conditions(Conditions words, Verdict verdict, Finding well) {
        var state = verdict instanceof Verdict.Open(Finding why)
                ? words.reconciling(why)
                : refusal().map(words::stalled).orElseGet(() -> words.ready(well));
        var isolated = form.map(it -> words.condition(
                "Isolated", Guarantee.of(it).full() ? "True" : "False", new Finding(it.name(), sentence(it))));
        return Stream.concat(state.stream(), isolated.stream()).toList();
    }

    /** What is worth an event. */
    public Optional<Finding> news(Standing before) {
        var same = before.preflight().map(Preflight::reason).equals(preflight.map(Preflight::reason))
                && before.form().equals(form);
        return same
                ? Optional.empty()
                : refusal().or(() -> form.map(it -> new Finding("IsolationFound", sentence(it))));
    }

    /** Whether the news is good. */
    public boolean sound() {
        return refusal().isEmpty() && form.filter(it -> Guarantee.of(it).full()).isPresent();
    }

    private String sentence(Isolation it) {
        return Guarantee.of(it).message()
                + preflight.map(found -> " (" + found.message() + ")").orElse("");
    }

    private static Preflight preflight(Instant now, Isolation found, Finding why) {
        return new Preflight(now.toString(), found, why.reason(), why.message());
    }
}
