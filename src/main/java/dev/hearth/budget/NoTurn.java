package dev.hearth.budget;

import java.io.IOException;

/** The operator reads as many answers as its memory takes, and did so for too long. Asking again later helps. */
public final class NoTurn extends IOException {
    NoTurn() {
        super("the operator is busy with other answers: this one is asked for again");
    }
}
