package dev.hearth.budget;

import java.io.IOException;

/**
 * The operator reads as many answers as its memory allows, and no turn became free in time. A later call can succeed.
 */
public final class BudgetExhausted extends IOException {
    BudgetExhausted() {
        super("the operator is reading as many other answers as its memory allows; it tries again later");
    }
}
