package dev.hearth.forge;

/** The buttons of a check run. */
final class CheckButton {
    static final String APPROVE = "approve";

    private CheckButton() {}
}
