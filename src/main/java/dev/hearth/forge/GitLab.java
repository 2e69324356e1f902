package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.core.forge.ResultComment;
import dev.hearth.core.ref.GitRef;
import dev.hearth.forge.PullRequest.Origin;
import dev.hearth.http.OutboundRequests;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * GitLab: commit statuses of its API, version 4. A status has a state machine there: it refuses a state that the status is in
 * already, so only the state is compared, and a description changes with the next state.
 */
final class GitLab implements ForgeApi {
    /** Level of those who may push. */
    private static final int DEVELOPER = 30;

    /** Notes can be long: few on a page, so that those of one stranger do not make it too large. */
    private static final int PAGE = 20;

    private static final int MOST_PAGES = 10;

    /** The largest page that GitLab answers with. */
    private static final int STATUSES_PAGE = 100;

    private static final Set<String> OPEN = Set.of("pending", "running");

    private final ApiConnection api;

    /** Refs at which a call shows results, by the refs of the runs. */
    private final Map<String, String> places = new HashMap<>();

    GitLab(ForgeAddress address, String token, OutboundRequests requests, Clock clock) {
        this.api = new ApiConnection(
                address, requests, Authorization.fixed(Map.of("PRIVATE-TOKEN", token, "User-Agent", "hearth")), clock);
    }

    @Override
    public List<NamedStatus> missing(List<NamedStatus> wanted) throws ForgeException {
        var own = own(wanted.getFirst());
        var newest = newest(wanted);
        return wanted.stream()
                .filter(it -> {
                    var shown = newest.getOrDefault(it.name(), Map.of());
                    return !(it.onlyInstead() && (own == null || !shown.containsKey(own)))
                            && !refsToWrite(it, own, shown).isEmpty();
                })
                .toList();
    }

    @Override
    public void write(NamedStatus wanted) throws ForgeException {
        for (String ref : refsToWrite(wanted)) {
            var fields = Map.of(
                    "state", state(wanted.status().state()),
                    "description", wanted.status().description(),
                    "name", wanted.name(),
                    "ref", ref);
            var path = project() + "/statuses/" + wanted.commit();
            var answer = api.orRefused(() -> post(path, fields, ref), project(), wanted.commit());
            // Another process, or an earlier attempt whose answer was lost, may have written the same state.
            if (answer.isRefusal() && refsToWrite(wanted).contains(ref)) {
                throw ForgeException.refused(api.address(), wanted.commit(), answer.status());
            }
        }
    }

    /** The role of a token may be enough for some branches, and not for protected ones. */
    private ApiConnection.Answer post(String path, Map<String, String> fields, String ref) throws ForgeException {
        try {
            return api.post(path, fields);
        } catch (ForgeException e) {
            if (e.kind() == ForgeException.Kind.Denied && api.find(project()).isPresent()) {
                throw ForgeException.unwritableRef(api.address(), ref);
            }
            throw e;
        }
    }

    /**
     * Returns the refs whose status differs: GitLab keeps one for each ref of a commit. Those of other refs are ended, so that
     * none goes on for ever.
     */
    private Set<String> refsToWrite(NamedStatus wanted) throws ForgeException {
        return refsToWrite(wanted, own(wanted), newest(List.of(wanted)).getOrDefault(wanted.name(), Map.of()));
    }

    private @Nullable String own(NamedStatus wanted) throws ForgeException {
        var ref = wanted.ref();
        if (ref.isEmpty()) {
            return null;
        }
        var known = places.get(ref);
        var place = known == null ? ref(ref) : known;
        places.put(ref, place);
        return place;
    }

    /**
     * @param own the ref at which it is shown; null if it is none
     * @param newest state of the status of each ref
     */
    private static Set<String> refsToWrite(NamedStatus wanted, @Nullable String own, Map<String, String> newest) {
        var state = state(wanted.status().state());
        var refs = new LinkedHashSet<String>();
        if (own != null && !isShown(newest.get(own), state)) {
            refs.add(own);
        }
        if (wanted.status().state().isFinal()) {
            newest.forEach((ref, shown) -> {
                if (OPEN.contains(shown)) {
                    refs.add(ref);
                }
            });
        }
        return refs;
    }

    /** A status that runs does not wait again. */
    private static boolean isShown(@Nullable String shown, String wanted) {
        return wanted.equals(shown) || (wanted.equals("pending") && "running".equals(shown));
    }

    /** Returns, by their names, the newest state of the statuses of each ref. */
    private Map<String, Map<String, String>> newest(List<NamedStatus> wanted) throws ForgeException {
        var commit = wanted.getFirst().commit();
        var name = wanted.size() == 1
                ? "&name=" + ApiConnection.encode(wanted.getFirst().name())
                : "";
        var names = wanted.stream().map(NamedStatus::name).collect(Collectors.toSet());
        var found = new ArrayList<JsonNode>();
        for (int page = 1; page <= MOST_PAGES; page++) {
            var path = "%s/repository/commits/%s/statuses?per_page=%d&page=%d%s"
                    .formatted(project(), commit, STATUSES_PAGE, page, name);
            var answer = api.orRefused(() -> api.get(path), project(), commit);
            if (answer.isRefusal()) {
                throw ForgeException.refused(api.address(), commit, answer.status());
            }
            if (!answer.json().isArray()) {
                throw ForgeException.invalid(api.address());
            }
            answer.json().forEach(found::add);
            if (answer.json().size() < STATUSES_PAGE) {
                break;
            }
        }
        return found.stream()
                .filter(status -> names.contains(status.path("name").asText()))
                .sorted(Comparator.comparingLong(status -> status.path("id").asLong()))
                .collect(Collectors.groupingBy(
                        status -> status.path("name").asText(),
                        Collectors.toMap(
                                status -> status.path("ref").asText(),
                                status -> status.path("status").asText(),
                                (_, later) -> later)));
    }

    /** A merge request shows the statuses of its source branch. The branch of a fork is in another project. */
    private String ref(String name) throws ForgeException {
        var ref = GitRef.of(name);
        return switch (ref.kind()) {
            case BRANCH, TAG, MERGE_GROUP -> ref.shortName();
            case OTHER -> name;
            case PULL_REQUEST -> {
                var json = api.object(project() + "/merge_requests/" + ApiConnection.encode(ref.label()));
                yield isOfProject(json) ? json.path("source_branch").asText(name) : name;
            }
        };
    }

    private static boolean isOfProject(JsonNode mergeRequest) {
        var source = mergeRequest.path("source_project_id").asText();
        return !source.isEmpty()
                && source.equals(mergeRequest.path("target_project_id").asText());
    }

    @Override
    public boolean comment(long number, ResultComment wanted) throws ForgeException {
        var notes = project() + "/merge_requests/" + number + "/notes";
        return new OwnComment(api, notes, notes + "/", "&sort=asc&order_by=created_at", "author", api::put)
                .show(number, wanted);
    }

    @Override
    public PullRequest pullRequest(long number) throws ForgeException {
        var json = api.object(project() + "/merge_requests/" + number);
        var author = account(json.path("author"));
        var source = json.path("source_project_id").asText();
        return PullRequestBuilder.builder()
                .author(author)
                .closed(!json.path("state").asText("opened").equals("opened"))
                .draft(json.path("draft").asBoolean())
                .labels(StreamSupport.stream(json.path("labels").spliterator(), false)
                        .map(JsonNode::asText)
                        .collect(Collectors.toSet()))
                .target(Optional.of(json.path("target_branch").asText()).filter(name -> !name.isEmpty()))
                .origin(
                        isOfProject(json)
                                ? Origin.OfWriters
                                : isOwn(source, author) ? Origin.OfAuthor : Origin.OfOthers)
                .base(ApiConnection.commit(json.at("/diff_refs/base_sha")))
                .build();
    }

    /** A fork is its author's if it is in the namespace of that user. */
    private boolean isOwn(String project, Account author) throws ForgeException {
        if (!ApiConnection.isSegment(project)) {
            return false;
        }
        return api.find("/projects/" + ApiConnection.encode(project))
                .map(json -> json.at("/namespace/kind").asText().equals("user")
                        && json.at("/namespace/path").asText().equals(author.name()))
                .orElse(false);
    }

    @Override
    public boolean mayWrite(Account account) throws ForgeException {
        if (!ApiConnection.isSegment(account.id())) {
            return false;
        }
        return api.find(project() + "/members/all/" + ApiConnection.encode(account.id()))
                .map(member -> member.path("access_level").asInt() >= DEVELOPER
                        && member.path("state").asText("active").equals("active"))
                .orElse(false);
    }

    /** The newest come first. */
    @Override
    public List<Comment> comments(long number, Instant since) throws ForgeException {
        var comments = new ArrayList<Comment>();
        for (int page = 1; page <= MOST_PAGES; page++) {
            var notes = api.array("%s/merge_requests/%d/notes?sort=desc&order_by=created_at&per_page=%d&page=%d"
                    .formatted(project(), number, PAGE, page));
            var older = false;
            for (var note : notes) {
                var at = ApiConnection.time(note.path("created_at"));
                older |= at.filter(it -> it.isBefore(since)).isPresent();
                if (at.isPresent() && !older && !note.path("system").asBoolean()) {
                    comments.add(new Comment(
                            note.path("id").asLong(),
                            account(note.path("author")),
                            note.path("body").asText(),
                            at.get()));
                }
            }
            if (older || notes.size() < PAGE) {
                break;
            }
        }
        return comments;
    }

    private static Account account(JsonNode json) {
        return new Account(json.path("username").asText(), json.path("id").asText());
    }

    /** Not every token may read itself: then nothing is known of its end. */
    @Override
    public Optional<Instant> tokenExpiry() throws ForgeException {
        return api.find("/personal_access_tokens/self")
                .flatMap(token -> day(token.path("expires_at").asText()));
    }

    private static Optional<Instant> day(String text) {
        try {
            return Optional.of(LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private String project() {
        return "/projects/" + ApiConnection.encode(api.address().repository());
    }

    private static String state(State state) {
        return switch (state) {
            case Waiting, NeedsApproval -> "pending";
            case Running -> "running";
            case Skipped, Success -> "success";
            case Failure -> "failed";
            case Cancelled -> "canceled";
        };
    }
}
