package dev.hearth.forge;

import java.util.regex.Pattern;

/**
 * Somebody at a forge.
 *
 * @param name user name, unique at the forge
 * @param id number of the account as text
 */
public record Account(String name, String id) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._\\[\\]-]{1,64}");

    /** Returns the name for messages, or another word for one that no forge gives. */
    public String shownName() {
        return NAME.matcher(name).matches() ? name : "somebody";
    }
}
