package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hearth.core.forge.ResultComment;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The comment of the token's user that shows the result of a pull request. It is found by its marker and its author: everybody
 * can copy the marker. The comments are read before each write, so an attempt that ended before its answer leads to no second one.
 *
 * @param comments path of the comments at the pull request
 * @param one path of a comment, to which its number is added
 * @param order what makes the forge list the oldest first
 * @param author name of the field with the author of a comment
 * @param edit how a comment is edited
 */
record OwnComment(ApiConnection api, String comments, String one, String order, String author, Edit edit) {
    /** Comments can be long: few on a page, so that those of one stranger do not make it too large. */
    private static final int PAGE = 20;

    private static final int MOST_PAGES = 50;

    /** Less than a call may take, so that the comments of a stranger do not use up all of its time. */
    private static final Duration LONGEST = Duration.ofSeconds(15);

    /** Sends the fields of a comment to its path. */
    @FunctionalInterface
    interface Edit {
        ApiConnection.Answer send(String path, Map<String, ?> fields) throws ForgeException;
    }

    /** Writes the comment unless it is shown. Returns whether it was written. */
    boolean show(long number, ResultComment wanted) throws ForgeException {
        var known = find(number, wanted);
        if (known.filter(it -> wanted.isShownBy(it.path("body").asText())).isPresent()) {
            return false;
        }
        var fields = Map.of("body", wanted.body());
        var answer = known.isPresent()
                ? edit.send(one + known.get().path("id").asLong(), fields)
                : api.post(comments, fields);
        if (answer.isRefusal()) {
            throw ForgeException.refusedComment(api.address(), number, answer.status());
        }
        return true;
    }

    private Optional<JsonNode> find(long number, ResultComment wanted) throws ForgeException {
        var self = api.object("/user").path("id").asText();
        if (self.isEmpty()) {
            throw ForgeException.invalid(api.address());
        }
        var end = api.now().plus(LONGEST);
        var last = -1L;
        for (int page = 1; page <= MOST_PAGES && api.now().isBefore(end); page++) {
            var found = api.array("%s?per_page=%d&page=%d%s".formatted(comments, PAGE, page, order));
            for (var comment : found) {
                if (comment.path(author).path("id").asText().equals(self)
                        && wanted.isMarked(comment.path("body").asText())) {
                    return Optional.of(comment);
                }
            }
            // Gitea knows no pages here, and answers with all each time.
            var newest = found.path(found.size() - 1).path("id").asLong();
            if (found.size() < PAGE || newest == last) {
                return Optional.empty();
            }
            last = newest;
        }
        throw ForgeException.tooManyComments(api.address(), number);
    }
}
