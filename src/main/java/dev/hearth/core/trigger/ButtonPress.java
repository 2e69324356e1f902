package dev.hearth.core.trigger;

/**
 * A button of a check run or check suite that somebody has pressed at the forge. It says who that is, and nothing about what
 * they may do.
 *
 * @param commit of the check run, 40 hexadecimal digits
 * @param user name of the user at the forge
 * @param account number of the user's account
 * @param number larger than that of earlier presses of this button at the commit; the same if the delivery comes again
 */
public record ButtonPress(Button button, String commit, String user, String account, long number) {
    /** What is pressed. */
    public enum Button {
        /** Approves the commit of a check run that waits for an approval. */
        Approve("hearth.dev/approved-check"),
        /** Runs the commit of a check run again. */
        RunAgain("hearth.dev/repeated-check"),
        /** Runs the commit again with the checks of all others who use the App. */
        RunAllAgain("hearth.dev/repeated-suite");

        private final String annotation;

        Button(String annotation) {
            this.annotation = annotation;
        }

        /** Returns whether it asks for another run. */
        public boolean startsRun() {
            return switch (this) {
                case Approve -> false;
                case RunAgain, RunAllAgain -> true;
            };
        }

        /** Returns the annotation by which a run notes the number of the last press that was carried out for it. */
        public String annotation() {
            return annotation;
        }
    }
}
