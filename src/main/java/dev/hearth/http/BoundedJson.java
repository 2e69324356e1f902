package dev.hearth.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Reads untrusted JSON with a limited number of tokens: a tree can need thirty times the memory of its text. */
public final class BoundedJson {
    private static final int MOST_TOKENS = 50_000;

    public static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxTokenCount(MOST_TOKENS).build())
            .build());

    private BoundedJson() {}
}
