package dev.hearth.results;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Encodes any name as a path below a folder, and decodes it. Names come from pipelines and pods, so none is used as a path
 * directly. Characters other than letters, digits and a few harmless ones are written as hexadecimal bytes. A name that is
 * too long for a file becomes several folders, whose names end with a plus sign.
 */
final class StoredName {
    /** The most bytes of a name. */
    static final int LONGEST = 1024;

    private static final String HARMLESS = "-_.=,@";
    private static final int LONGEST_PART = 200;
    private static final String MORE = "+";

    private StoredName() {}

    static boolean isPossible(String name) {
        return !name.isEmpty() && name.getBytes(StandardCharsets.UTF_8).length <= LONGEST;
    }

    static Path in(Path folder, String name) {
        var bytes = name.getBytes(StandardCharsets.UTF_8);
        if (!isPossible(name)) {
            throw new IllegalArgumentException(
                    "a name must have 1 to " + LONGEST + " bytes, but this one has " + bytes.length);
        }
        var path = folder;
        var part = new StringBuilder();
        for (byte b : bytes) {
            if (part.length() >= LONGEST_PART) {
                path = path.resolve(part + MORE);
                part.setLength(0);
            }
            var c = (char) (b & 0xFF);
            if (isHarmless(c) && !(c == '.' && part.isEmpty())) {
                part.append(c);
            } else {
                part.append('%').append("%02X".formatted((int) c));
            }
        }
        return path.resolve(part.toString());
    }

    /** Decodes the name of a path that {@link #in} returned. */
    static String of(Path folder, Path stored) {
        var text = new StringBuilder();
        folder.relativize(stored).forEach(part -> text.append(part.toString().replace(MORE, "")));
        var bytes = new ByteArrayOutputStream();
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) == '%') {
                bytes.write(Integer.parseInt(text, at + 1, at + 3, 16));
                at += 2;
            } else {
                bytes.write(text.charAt(at));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Returns all encoded names in a folder; none if the folder does not exist. */
    static List<Path> allIn(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            var all = new ArrayList<Path>();
            for (Path entry : entries.sorted().toList()) {
                if (entry.toString().endsWith(MORE)) {
                    all.addAll(allIn(entry));
                } else {
                    all.add(entry);
                }
            }
            return all;
        }
    }

    private static boolean isHarmless(char c) {
        return c < 0x80 && (Character.isLetterOrDigit(c) || HARMLESS.indexOf(c) >= 0);
    }
}
