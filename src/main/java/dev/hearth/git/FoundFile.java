package dev.hearth.git;

import java.nio.ByteBuffer;

/** What a commit has at a path. */
public sealed interface FoundFile {
    /** A file with its content, which can be read once. */
    record Content(ByteBuffer bytes) implements FoundFile {}

    /** A file with more bytes than the caller reads. */
    record TooLarge() implements FoundFile {}

    /** A symbolic link, a directory or a submodule. Its target is not followed. */
    record NotAFile(String what) implements FoundFile {}

    /** Nothing. */
    record Missing() implements FoundFile {}
}
