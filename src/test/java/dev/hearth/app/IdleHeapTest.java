package dev.hearth.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class IdleHeapTest {
    private static final Duration WORK = IdleHeap.IDLE.multipliedBy(2);

    private final IdleHeap heap = new IdleHeap();
    private Duration used = Duration.ZERO;

    @Test
    void workIsOverInTheFirstIdleIntervalAfterTheStart() {
        assertThat(heap.isOver(after(WORK))).isFalse();
        assertThat(heap.isOver(after(Duration.ZERO))).isTrue();
    }

    @Test
    void workIsOverOnce() {
        assertThat(heap.isOver(after(Duration.ZERO))).isTrue();
        assertThat(heap.isOver(after(Duration.ZERO))).isFalse();
        assertThat(heap.isOver(after(IdleHeap.IDLE.minusMillis(1)))).isFalse();
    }

    @Test
    void workThatGoesOnIsNotOver() {
        heap.isOver(after(Duration.ZERO));

        assertThat(heap.isOver(after(WORK))).isFalse();
        assertThat(heap.isOver(after(WORK))).isFalse();
        assertThat(heap.isOver(after(Duration.ZERO))).isTrue();
    }

    private Duration after(Duration work) {
        used = used.plus(work);
        return used;
    }
}
