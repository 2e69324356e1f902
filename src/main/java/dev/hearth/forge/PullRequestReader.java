package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hearth.forge.PullRequest.Origin;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Pull requests, comments and rights of GitHub, whose API Gitea and Forgejo have taken over.
 *
 * @param hasPullRequestsWithoutFork whether everybody who may read the repository can make a pull request there without a fork,
 *     as by the AGit workflow of Gitea and Forgejo
 */
record PullRequestReader(ApiConnection api, boolean hasPullRequestsWithoutFork) {
    /** Comments can be long: few on a page, so that those of one stranger do not make it too large. */
    private static final int PAGE = 20;

    private static final int MOST_PAGES = 10;
    private static final Set<String> WRITERS = Set.of("owner", "admin", "maintain", "write");

    PullRequest read(long number) throws ForgeException {
        var json = api.object(repository() + "/pulls/" + number);
        var author = account(json.path("user"));
        return PullRequestBuilder.builder()
                .author(author)
                .closed(!json.path("state").asText("open").equals("open"))
                .draft(json.path("draft").asBoolean())
                .labels(StreamSupport.stream(json.path("labels").spliterator(), false)
                        .map(label -> label.path("name").asText())
                        .collect(Collectors.toSet()))
                .target(Optional.of(json.at("/base/ref").asText()).filter(name -> !name.isEmpty()))
                .origin(origin(json.at("/head/repo"), json.at("/base/repo"), author))
                .base(ApiConnection.commit(json.at("/base/sha")))
                .build();
    }

    private Origin origin(JsonNode head, JsonNode base, Account author) {
        var id = head.path("id").asText();
        if (!id.isEmpty() && id.equals(base.path("id").asText())) {
            return hasPullRequestsWithoutFork ? Origin.OfAuthor : Origin.OfWriters;
        }
        var owner = head.at("/owner/id").asText();
        return !owner.isEmpty() && owner.equals(author.id()) ? Origin.OfAuthor : Origin.OfOthers;
    }

    boolean mayWrite(Account account) throws ForgeException {
        if (!ApiConnection.isSegment(account.name())) {
            return false;
        }
        return api.find(repository() + "/collaborators/" + ApiConnection.encode(account.name()) + "/permission")
                .map(answer -> WRITERS.contains(answer.path("permission").asText()))
                .orElse(false);
    }

    /** The oldest come first. */
    List<Comment> comments(long number, Instant since) throws ForgeException {
        var comments = new ArrayList<Comment>();
        for (int page = 1; page <= MOST_PAGES; page++) {
            var answer = api.array("%s/issues/%d/comments?since=%s&per_page=%d&page=%d"
                    .formatted(repository(), number, since.truncatedTo(ChronoUnit.SECONDS), PAGE, page));
            var before = comments.size();
            for (var comment : answer) {
                comment(comment).filter(it -> !comments.contains(it)).ifPresent(comments::add);
            }
            // Gitea knows no pages here, and answers with all each time.
            if (answer.size() < PAGE || comments.size() == before) {
                break;
            }
        }
        return comments;
    }

    private static Optional<Comment> comment(JsonNode json) {
        return ApiConnection.time(json.path("created_at"))
                .map(at -> new Comment(
                        json.path("id").asLong(),
                        account(json.path("user")),
                        json.path("body").asText(),
                        at));
    }

    private static Account account(JsonNode json) {
        return new Account(json.path("login").asText(), json.path("id").asText());
    }

    private String repository() {
        return "/repos/" + api.address().repository();
    }
}
