package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hearth.core.forge.CheckDetails;
import dev.hearth.core.forge.CheckDetails.Annotation;
import dev.hearth.core.forge.CheckDetails.Level;
import dev.hearth.core.forge.CommitStatus.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.commons.codec.digest.DigestUtils;
import org.jspecify.annotations.Nullable;

/**
 * The check runs of a GitHub App. The newest of a name counts. One that is completed stays as it is: another result is another
 * check run, since GitHub adds annotations and never removes one.
 *
 * @param app id of the App; check runs of others do not count
 */
record CheckRuns(ApiConnection api, long app) implements ResultDisplay {
    private static final int PAGE = 50;

    /** GitHub keeps 1000 of a name, and deletes the oldest. */
    private static final int MOST_PAGES = 20;

    private static final int MOST_ANNOTATIONS_AT_ONCE = 50;
    private static final String COMPLETED = "completed";

    /** What the button of a check run says. GitHub takes labels and identifiers of 20, and descriptions of 40 characters. */
    private static final Map<String, String> APPROVE = Map.of(
            "label", "Approve",
            "description", "Run this commit of a stranger",
            "identifier", CheckDetails.APPROVE);

    @Override
    public List<NamedStatus> missing(List<NamedStatus> wanted) throws ForgeException {
        var all = read(wanted);
        return wanted.stream()
                .filter(it -> !isShown(all.getOrDefault(it.name(), List.of()), it))
                .toList();
    }

    private static boolean isShown(List<JsonNode> all, NamedStatus wanted) {
        if (all.isEmpty()) {
            return wanted.onlyInstead();
        }
        return isShown(all.getFirst(), wanted) && all.stream().skip(1).allMatch(CheckRuns::isCompleted);
    }

    /** Completes what is open of other check runs, so that none goes on for ever, and writes the result. */
    @Override
    public void write(NamedStatus wanted) throws ForgeException {
        var all = read(List.of(wanted)).getOrDefault(wanted.name(), List.of());
        var kept = all.stream()
                .limit(1)
                .filter(run -> isShown(run, wanted) || (!isCompleted(run) && canBecome(run, wanted)))
                .findFirst();
        for (JsonNode other : all.stream()
                .skip(kept.isPresent() ? 1 : 0)
                .filter(run -> !isCompleted(run))
                .toList()) {
            var fields = Map.of("status", COMPLETED, "conclusion", "cancelled");
            checked(api.patch(path(other.path("id").asLong()), fields), wanted);
        }
        if (kept.filter(run -> isShown(run, wanted)).isPresent()) {
            return;
        }
        var details = details(wanted);
        var known = kept.map(CheckRuns::annotations).orElse(0);
        var left = details.annotations().stream().skip(known).toList();
        var id = kept.map(run -> run.path("id").asLong()).orElse(null);
        for (; left.size() > MOST_ANNOTATIONS_AT_ONCE; left = left.subList(MOST_ANNOTATIONS_AT_ONCE, left.size())) {
            id = send(id, wanted, details, left.subList(0, MOST_ANNOTATIONS_AT_ONCE), true);
        }
        var _ = send(id, wanted, details, left, false);
    }

    /** Returns our check runs at a commit by their names, the newest first. */
    private Map<String, List<JsonNode>> read(List<NamedStatus> wanted) throws ForgeException {
        var first = wanted.getFirst();
        var name = wanted.size() == 1 ? "&check_name=" + ApiConnection.encode(first.name()) : "";
        var names = wanted.stream().map(NamedStatus::name).collect(Collectors.toSet());
        var ours = new ArrayList<JsonNode>();
        for (int number = 1; number <= MOST_PAGES; number++) {
            var path = "%s/commits/%s/check-runs?app_id=%d&filter=all&per_page=%d&page=%d%s"
                    .formatted(repository(), first.commit(), app, PAGE, number, name);
            var answer = checked(api.orRefused(() -> api.get(path), repository(), first.commit()), first);
            var page = answer.json().path("check_runs");
            for (JsonNode run : page) {
                if (names.contains(run.path("name").asText())
                        && run.at("/app/id").asLong() == app) {
                    ours.add(run);
                }
            }
            if (page.size() < PAGE) {
                break;
            }
        }
        ours.sort(Comparator.comparingLong((JsonNode run) -> run.path("id").asLong())
                .reversed());
        return ours.stream()
                .collect(Collectors.groupingBy(run -> run.path("name").asText()));
    }

    private static boolean isCompleted(JsonNode run) {
        return run.path("status").asText().equals(COMPLETED);
    }

    /** Returns whether an open check run can become another: its annotations stay, so they have to be of the same result. */
    private static boolean canBecome(JsonNode run, NamedStatus wanted) {
        return annotations(run) == 0 || hasFingerprint(run, wanted);
    }

    private static int annotations(JsonNode run) {
        return run.at("/output/annotations_count").asInt();
    }

    private static boolean hasFingerprint(JsonNode run, NamedStatus wanted) {
        return run.path("external_id").asText().equals(fingerprint(wanted, details(wanted)));
    }

    private static boolean isShown(JsonNode run, NamedStatus wanted) {
        var fields = state(wanted.status().state());
        return fields.entrySet().stream()
                        .allMatch(field -> run.path(field.getKey()).asText().equals(field.getValue()))
                && (wanted.details() == null
                        ? run.at("/output/title")
                                .asText()
                                .equals(wanted.status().description())
                        : hasFingerprint(run, wanted));
    }

    /**
     * Creates or changes a check run.
     *
     * @param id of the check run to change; null to create one
     * @param more whether there are more annotations, so that it is not complete yet
     * @return the id of the check run
     */
    private long send(
            @Nullable Long id, NamedStatus wanted, CheckDetails details, List<Annotation> annotations, boolean more)
            throws ForgeException {
        var fields = new HashMap<String, Object>(
                more ? state(State.Running) : state(wanted.status().state()));
        fields.put("name", wanted.name());
        fields.put("external_id", fingerprint(wanted, details));
        fields.put("output", output(wanted, details, annotations));
        fields.put("actions", details.approvable() ? List.of(APPROVE) : List.of());
        var answer = id == null ? create(fields, wanted) : api.patch(path(id), fields);
        if (answer.isRefusal() && !annotations.isEmpty()) {
            // One annotation that GitHub does not take must not keep the result back.
            return send(id, wanted, details, List.of(), more);
        }
        var sent = checked(answer, wanted).json().path("id");
        if (!sent.canConvertToLong()) {
            throw ForgeException.invalid(api.address());
        }
        return sent.asLong();
    }

    private ApiConnection.Answer create(Map<String, Object> fields, NamedStatus wanted) throws ForgeException {
        fields.put("head_sha", wanted.commit());
        return api.orRefused(() -> api.post(repository() + "/check-runs", fields), repository(), wanted.commit());
    }

    private static CheckDetails details(NamedStatus wanted) {
        return Objects.requireNonNullElseGet(
                wanted.details(), () -> new CheckDetails(wanted.status().description(), List.of(), false, null));
    }

    private static Map<String, Object> output(NamedStatus wanted, CheckDetails details, List<Annotation> annotations) {
        return Map.of(
                "title",
                wanted.status().description(),
                "summary",
                details.summary(),
                "annotations",
                annotations.stream().map(CheckRuns::annotation).toList());
    }

    private static Map<String, Object> annotation(Annotation annotation) {
        return Map.of(
                "path", annotation.path(),
                "start_line", annotation.line(),
                "end_line", annotation.line(),
                "annotation_level", level(annotation.level()),
                "title", annotation.title(),
                "message", annotation.message());
    }

    /** Returns a text that differs if anything that is shown differs: GitHub may change texts slightly, and keeps this one. */
    private static String fingerprint(NamedStatus wanted, CheckDetails details) {
        return DigestUtils.sha256Hex(wanted.status() + "\n" + details);
    }

    private static Map<String, String> state(State state) {
        return switch (state) {
            case Waiting -> Map.of("status", "queued");
            case Running -> Map.of("status", "in_progress");
            case NeedsApproval -> Map.of("status", COMPLETED, "conclusion", "action_required");
            case Skipped, Success -> Map.of("status", COMPLETED, "conclusion", "success");
            case Failure -> Map.of("status", COMPLETED, "conclusion", "failure");
            case Cancelled -> Map.of("status", COMPLETED, "conclusion", "cancelled");
        };
    }

    private static String level(Level level) {
        return switch (level) {
            case Failure -> "failure";
            case Warning -> "warning";
        };
    }

    private ApiConnection.Answer checked(ApiConnection.Answer answer, NamedStatus wanted) throws ForgeException {
        if (answer.isRefusal()) {
            throw ForgeException.refused(api.address(), wanted.commit(), answer.status());
        }
        if (!answer.json().isObject()) {
            throw ForgeException.invalid(api.address());
        }
        return answer;
    }

    private String path(long id) {
        return repository() + "/check-runs/" + id;
    }

    private String repository() {
        return "/repos/" + api.address().repository();
    }
}
