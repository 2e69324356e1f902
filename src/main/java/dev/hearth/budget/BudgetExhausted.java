package dev.hearth.budget;

import java.io.IOException;

/** The operator reads as many answers as its memory takes, and did so for too long. Asking again later helps. */
public final class BudgetExhausted extends IOException {
    BudgetExhausted() {
        super("the operator is reading as many other answers as its memory allows; it will ask again");
    }
}
